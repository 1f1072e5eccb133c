//! The services of a tenant as its callers know them: those of its file and those that calls made, without the retired ones.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::TimeDelta;

use super::Call;
use crate::calendar::Offer;
use crate::fault::Fault;
use crate::store::{Kept, StoreError, services};
use crate::tenant::{Resource, Service};

impl Call<'_> {
    /// The service that a caller means.
    pub(super) async fn service(self, id: &str) -> Result<Option<Service>, StoreError> {
        Ok(self
            .known_service(id)
            .await?
            .filter(|kept| kept.active || self.faults.has(Fault::RetiredBooks))
            .map(|kept| kept.service))
    }

    /// The service with this id, active or retired.
    pub(super) async fn known_service(self, id: &str) -> Result<Option<Kept>, StoreError> {
        let id = match id.rsplit_once('~') {
            Some((stable, _)) if self.faults.has(Fault::UnstableServiceIds) => stable,
            _ => id,
        };
        let (tenant, wanted) = (self.tenant.slug.clone(), id.to_owned());
        let store = &self.provider.store;
        let kept = store.read(move |db| services::find(db, &tenant, &wanted)).await?;
        let of_the_file = || {
            self.tenant.service(id).map(|service| Kept {
                service: service.clone(),
                active: true,
            })
        };
        Ok(kept.or_else(of_the_file))
    }

    /// What can be booked: the services of the file, then those that calls made, in the order of making.
    pub(super) async fn services(self) -> Result<Vec<Service>, StoreError> {
        let tenant = self.tenant.slug.clone();
        let kept = self
            .provider
            .store
            .read(move |db| services::list(db, &tenant))
            .await?;
        let retired_too = self.faults.has(Fault::RetiredListed);
        let known: HashMap<&str, bool> = kept
            .iter()
            .map(|kept| (kept.service.id.as_str(), kept.active))
            .collect();
        let of_the_file = self
            .tenant
            .services
            .iter()
            .filter(|service| retired_too || known.get(service.id.as_str()) != Some(&false));
        let made = kept
            .iter()
            .filter(|kept| self.tenant.service(&kept.service.id).is_none() && (kept.active || retired_too))
            .filter(|_| !self.faults.has(Fault::MadeServicesUnlisted));
        Ok(of_the_file
            .chain(made.map(|kept| &kept.service))
            .cloned()
            .collect())
    }

    /// How a service can be booked here.
    pub(super) fn offer(self, service: &Service) -> Arc<Offer> {
        let faults = self.faults;
        let minutes = |number: u32, ignored: Fault| match faults.has(ignored) {
            true => TimeDelta::zero(),
            false => TimeDelta::minutes(number.into()),
        };
        let staff = self.tenant.staff.iter();
        let resources = self.tenant.resources.iter();
        let capacity = match service.capacity {
            1 => 1,
            _ if faults.has(Fault::ClassesTakeOne) => 1,
            places => places + u32::from(faults.has(Fault::CapacityOffByOne)),
        };
        let own_horizon = service
            .horizon_days
            .filter(|_| !faults.has(Fault::ServiceHorizonIgnored));
        Arc::new(Offer {
            service_id: service.id.clone(),
            calendar: self.tenant.calendar.clone(),
            length: service.duration(),
            before: minutes(service.buffer_before_minutes, Fault::BufferBeforeIgnored),
            after: minutes(service.buffer_after_minutes, Fault::BufferAfterIgnored),
            lead: minutes(service.lead_minutes, Fault::LeadTimeIgnored),
            horizon_days: own_horizon.unwrap_or(self.tenant.calendar.horizon_days),
            capacity: capacity as usize,
            staff: staff
                .filter(|member| service.staff.contains(&member.id))
                .map(|member| (member.id.clone(), member.hours.clone()))
                .collect(),
            units: resources
                .filter(|resource| service.resource.as_ref() == Some(&resource.id))
                .flat_map(Resource::units)
                .collect(),
        })
    }
}
