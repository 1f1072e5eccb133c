//! The task that sends the mails. It works beside the calls until the provider stops.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::mail;
use super::remind;
use crate::lifecycle::Status;
use crate::provider::Provider;
use crate::store::delivery::{self, Attempt};
use crate::store::{Booking, Message, MessageKind, StoreError};

/// The time between two looks for reminders that have fallen due.
const LOOK: Duration = Duration::from_secs(30);

/// The number of messages that are sent at one time, and share two transactions.
const BATCH: u32 = 8;

/// After so many attempts a message is given up: with the waits between them, that is more than half a day.
const MOST_ATTEMPTS: u32 = 20;

/// The time that a stop waits for the mails that are on their way.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// The task that sends mails. It ends when this is dropped.
pub(crate) struct Worker {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Worker {
    /// Begins, with what an earlier run of the provider has left behind.
    pub(crate) fn start(provider: Arc<Provider>) -> Self {
        let (stop, stopping) = watch::channel(false);
        Self {
            stop,
            task: tokio::spawn(async move { work(&provider, stopping).await }),
        }
    }

    /// Lets the mails that are on their way arrive, and begins no others.
    pub(crate) async fn stop(mut self) {
        let _ = self.stop.send(true);
        if timeout(LAST_WAIT, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

async fn work(provider: &Arc<Provider>, mut stopping: watch::Receiver<bool>) {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut wait = LOOK;
    loop {
        let looked = tokio::select! {
            biased;
            _ = stopping.changed() => return,
            _ = looks.tick() => remind(provider, None).await,
            () = provider.post.bell.notified() => Ok(()),
            () = tokio::time::sleep(wait) => Ok(()),
        };
        if let Err(error) = looked {
            say(&format!("cannot see who is to be reminded: {error}"));
        }
        wait = match send_all(provider, &stopping).await {
            Ok(wait) => wait.min(LOOK),
            Err(error) => {
                say(&format!("cannot send mails: {error}"));
                LOOK
            }
        };
    }
}

/// Sends what is to be sent now; how long until something else is.
async fn send_all(
    provider: &Arc<Provider>,
    stopping: &watch::Receiver<bool>,
) -> Result<Duration, StoreError> {
    if !provider.post.mailer.sends() {
        return Ok(LOOK);
    }
    while !*stopping.borrow() && send_some(provider).await? {}
    let next = provider.store.read(delivery::next_attempt).await?;
    Ok(next.map_or(LOOK, |next| {
        next.signed_duration_since(provider.clock().now())
            .to_std()
            .unwrap_or_default()
    }))
}

/// Sends a few messages, as many as go out together; whether there were any.
async fn send_some(provider: &Arc<Provider>) -> Result<bool, StoreError> {
    let now = provider.clock().now();
    let claimed = provider
        .store
        .write(move |db| delivery::claim(db, now, BATCH))
        .await?;
    if claimed.is_empty() {
        return Ok(false);
    }
    let mut sending = JoinSet::new();
    for (message, booking) in claimed {
        let provider = Arc::clone(provider);
        sending.spawn(async move {
            let attempt = send(&provider, &message, booking.as_ref()).await;
            (message.seq, attempt)
        });
    }
    let attempts = sending.join_all().await;
    provider
        .store
        .write(move |db| delivery::settle(db, &attempts, now))
        .await?;
    Ok(true)
}

/// Tries to send one message.
async fn send(provider: &Provider, message: &Message, booking: Option<&Booking>) -> Attempt {
    let Some(booking) = booking else {
        return Attempt::GivenUp("its booking is no longer there".to_owned());
    };
    let Some(tenant) = provider.tenant(&message.tenant) else {
        return Attempt::Failed("its tenant is not served".to_owned());
    };
    if message.kind == MessageKind::Reminder
        && !still_helps(message, booking, provider.now_at(&message.tenant))
    {
        return Attempt::GivenUp("the booking no longer stands".to_owned());
    }
    let post = &provider.post;
    let link = provider.cancellation_page(booking);
    let mail = match mail::write(message, booking, tenant, &post.sender, link.as_deref()) {
        Ok(mail) => mail,
        Err(error) => return give_up(message, &error),
    };
    match post.mailer.send(mail).await {
        Ok(()) => Attempt::Sent,
        Err(error) if error.is_final() || message.attempts >= MOST_ATTEMPTS => give_up(message, &error),
        Err(error) => {
            if message.attempts == 1 {
                say(&format!("{} is not sent yet: {error}", message.key()));
            }
            Attempt::Failed(error.to_string())
        }
    }
}

/// Returns true if a reminder that was held up is still true, and in time.
fn still_helps(message: &Message, booking: &Booking, now: DateTime<Utc>) -> bool {
    booking.status == Status::Confirmed && booking.slot == message.slot && message.slot.start > now
}

fn give_up(message: &Message, error: &dyn std::error::Error) -> Attempt {
    say(&format!("{} is never sent: {error}", message.key()));
    Attempt::GivenUp(error.to_string())
}

/// Tells whoever runs the provider.
fn say(what: &str) {
    // There is nowhere left to say it if this fails.
    let _ = writeln!(io::stderr(), "mail: {what}");
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use chrono::TimeDelta;

    use super::*;
    use crate::clock::Clock;
    use crate::notify::sample::{book, booking, cancel, now, provider};
    use crate::store::outbox;

    /// The mails that are in a folder, in the order of their names.
    fn mails(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Sends what is to be sent now, and nothing later.
    async fn send_now(provider: &Arc<Provider>) {
        while send_some(provider).await.unwrap() {}
    }

    async fn kinds(provider: &Provider) -> Vec<&'static str> {
        let listed = provider.store.read(|db| outbox::list(db, "shop", None, 100));
        listed
            .await
            .unwrap()
            .iter()
            .map(|message| message.kind.name())
            .collect()
    }

    #[tokio::test]
    async fn each_change_is_one_mail_however_often_it_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let (provider, _) = provider(folder.path());
        book(&provider, booking()).await;
        for _ in 0..2 {
            cancel(&provider, booking()).await;
            send_now(&provider).await;
        }
        assert_eq!(kinds(&provider).await, ["booking_confirmed", "booking_cancelled"]);
        assert_eq!(
            mails(folder.path()),
            ["bk_7.booking_cancelled.0.eml", "bk_7.booking_confirmed.0.eml"]
        );
    }

    #[tokio::test]
    async fn a_sender_that_dies_between_sending_and_noting_it_leaves_the_same_mail_to_be_sent_again() {
        let folder = tempfile::tempdir().unwrap();
        let (provider, clock) = provider(folder.path());
        book(&provider, booking()).await;
        let claimed = provider
            .store
            .write(|db| delivery::claim(db, now(), BATCH))
            .await
            .unwrap();
        let (message, booking) = &claimed[0];
        assert_eq!(send(&provider, message, booking.as_ref()).await, Attempt::Sent);
        let file = folder.path().join("bk_7.booking_confirmed.0.eml");
        let first = std::fs::read(&file).unwrap();
        std::fs::remove_file(&file).unwrap();

        send_now(&provider).await;
        assert!(!file.exists(), "whoever claimed it may still be at it");
        clock.advance(TimeDelta::seconds(15));
        send_now(&provider).await;
        assert_eq!(std::fs::read(&file).unwrap(), first);

        std::fs::remove_file(&file).unwrap();
        clock.advance(TimeDelta::days(1));
        send_now(&provider).await;
        assert!(!file.exists(), "it was sent, and noted");
    }

    #[tokio::test]
    async fn what_cannot_be_sent_is_tried_again_ever_later_and_holds_up_only_its_own_booking() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("mails");
        let (provider, clock) = provider(&folder);
        std::fs::write(&folder, "a file in its place").unwrap();
        book(&provider, booking()).await;
        let mut tries = Vec::new();
        for _ in 0..4 {
            send_now(&provider).await;
            let next = provider
                .store
                .read(delivery::next_attempt)
                .await
                .unwrap()
                .unwrap();
            tries.push((next - clock.now()).num_seconds());
            clock.set(next);
        }
        assert_eq!(tries, [15, 30, 60, 120]);

        clock.advance(TimeDelta::seconds(-1));
        cancel(&provider, booking()).await;
        let other = Booking {
            id: "bk_8".to_owned(),
            token: "other".to_owned(),
            ..booking()
        };
        book(&provider, other).await;
        std::fs::remove_file(&folder).unwrap();
        send_now(&provider).await;
        assert_eq!(mails(&folder), ["bk_8.booking_confirmed.0.eml"]);
        clock.advance(TimeDelta::seconds(1));
        send_now(&provider).await;
        assert_eq!(mails(&folder).len(), 3);
    }

    #[tokio::test]
    async fn what_can_never_be_sent_is_given_up_and_holds_nothing_up() {
        let folder = tempfile::tempdir().unwrap();
        let (provider, _) = provider(folder.path());
        let nobody = Booking {
            customer_email: "nobody".to_owned(),
            ..booking()
        };
        book(&provider, nobody).await;
        send_now(&provider).await;
        assert_eq!(provider.store.read(delivery::next_attempt).await.unwrap(), None);
        assert!(mails(folder.path()).is_empty());
    }

    #[tokio::test]
    async fn a_reminder_goes_out_once_a_day_before_the_start_of_what_still_stands() {
        let folder = tempfile::tempdir().unwrap();
        let (provider, clock) = provider(folder.path());
        let cancelled = Booking {
            id: "bk_8".to_owned(),
            token: "other".to_owned(),
            ..booking()
        };
        book(&provider, booking()).await;
        book(&provider, cancelled.clone()).await;
        cancel(&provider, cancelled).await;
        let before = kinds(&provider).await;
        clock.set(booking().slot.start - TimeDelta::hours(24) - TimeDelta::milliseconds(1));
        remind(&provider, None).await.unwrap();
        assert_eq!(kinds(&provider).await, before);
        for _ in 0..2 {
            clock.advance(TimeDelta::milliseconds(1));
            remind(&provider, None).await.unwrap();
        }
        assert_eq!(
            kinds(&provider).await,
            [before, vec!["booking_reminder"]].concat()
        );
        send_now(&provider).await;
        assert!(
            mails(folder.path())
                .iter()
                .any(|name| name.starts_with("bk_7.booking_reminder."))
        );
    }

    #[tokio::test]
    async fn nobody_is_reminded_of_what_was_booked_within_that_time_or_has_begun() {
        let folder = tempfile::tempdir().unwrap();
        let (provider, clock) = provider(folder.path());
        clock.set(booking().slot.start - TimeDelta::hours(24));
        book(&provider, booking()).await;
        clock.advance(TimeDelta::hours(1));
        remind(&provider, None).await.unwrap();
        let earlier = Booking {
            id: "bk_8".to_owned(),
            token: "other".to_owned(),
            ..booking()
        };
        clock.set(now());
        book(&provider, earlier).await;
        clock.set(booking().slot.start);
        remind(&provider, None).await.unwrap();
        assert_eq!(kinds(&provider).await, ["booking_confirmed", "booking_confirmed"]);
    }

    #[tokio::test]
    async fn a_reminder_that_was_held_up_is_not_sent_after_the_booking_was_cancelled() {
        let folder = tempfile::tempdir().unwrap();
        let (provider, clock) = provider(folder.path());
        book(&provider, booking()).await;
        clock.set(booking().slot.start - TimeDelta::hours(1));
        remind(&provider, None).await.unwrap();
        cancel(&provider, booking()).await;
        send_now(&provider).await;
        assert_eq!(
            mails(folder.path()),
            ["bk_7.booking_cancelled.0.eml", "bk_7.booking_confirmed.0.eml"]
        );
    }

    #[tokio::test]
    async fn a_worker_sends_what_it_finds_and_what_comes_and_ends_when_it_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let (provider, _) = provider(folder.path());
        book(&provider, booking()).await;
        let worker = Worker::start(Arc::clone(&provider));
        let arrives = async |name: &str| {
            let file = folder.path().join(name);
            while !file.exists() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(LOOK, arrives("bk_7.booking_confirmed.0.eml"))
            .await
            .unwrap();
        cancel(&provider, booking()).await;
        provider.post.ring();
        timeout(LOOK, arrives("bk_7.booking_cancelled.0.eml"))
            .await
            .unwrap();
        worker.stop().await;
        assert_eq!(Arc::strong_count(&provider), 1, "nobody holds the provider open");
    }
}
