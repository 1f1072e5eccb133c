//! Lets reminders fall due. A tenant's own clock says when: it is asked now and then, and whenever somebody has moved it.

use crate::lifecycle::Status;
use crate::policy::Reminders;
use crate::provider::Provider;
use crate::store::StoreError;
use crate::store::outbox::{self, Reminding};

/// Reminds everybody who is to be reminded now, at one tenant or at all.
pub(crate) async fn remind(provider: &Provider, only: Option<&str>) -> Result<(), StoreError> {
    let tenants = provider
        .tenants()
        .iter()
        .filter(|tenant| only.is_none_or(|only| only == tenant.slug));
    let all: Vec<Reminding> = tenants
        .filter_map(|tenant| {
            let reminders = provider.policy_of(&tenant.slug)?.notifications.reminders;
            let ahead = tenant.reminder.filter(|_| reminders != Reminders::Never)?;
            Some(Reminding {
                tenant: tenant.slug.clone(),
                now: provider.now_at(&tenant.slug),
                ahead,
                statuses: match reminders {
                    Reminders::CancelledToo => &[Status::Confirmed, Status::Cancelled],
                    Reminders::Once | Reminders::Twice | Reminders::Never => &[Status::Confirmed],
                },
                copies: if reminders == Reminders::Twice { 2 } else { 1 },
            })
        })
        .collect();
    // Most of the time there is nobody, and whoever only reads keeps no writer waiting.
    let some = provider.store.read(move |db| {
        let mut some = Vec::new();
        for reminding in all {
            if !outbox::due_for_reminder(db, &reminding)?.is_empty() {
                some.push(reminding);
            }
        }
        Ok(some)
    });
    let some = some.await?;
    if some.is_empty() {
        return Ok(());
    }
    let written = provider.store.write(move |db| {
        some.iter()
            .try_for_each(|reminding| outbox::remind(db, reminding))
    });
    written.await?;
    provider.post.ring();
    Ok(())
}
