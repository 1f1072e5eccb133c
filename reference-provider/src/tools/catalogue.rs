//! The services of a tenant as its callers know them: those of its file and those that calls made, without the retired ones.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::TimeDelta;

use super::call::Call;
use crate::calendar::Offer;
use crate::policy::Retired;
use crate::store::{StoreError, StoredService, services};
use crate::tenant::{Resource, Service};

impl Call<'_> {
    /// The service that a caller means.
    pub(crate) async fn service(self, id: &str) -> Result<Option<Service>, StoreError> {
        Ok(self
            .known_service(id)
            .await?
            .filter(|kept| kept.active || self.policy.catalogue.retired == Retired::Bookable)
            .map(|kept| kept.service))
    }

    /// The service with this id, active or retired.
    pub(crate) async fn known_service(self, id: &str) -> Result<Option<StoredService>, StoreError> {
        let (tenant, wanted) = (self.tenant.slug.clone(), id.to_owned());
        let store = &self.provider.store;
        let kept = store.read(move |db| services::find(db, &tenant, &wanted)).await?;
        let of_the_file = || {
            self.tenant.service(id).map(|service| StoredService {
                service: service.clone(),
                active: true,
            })
        };
        Ok(kept.or_else(of_the_file))
    }

    /// The services that can be booked: those of the file, then those that calls made, in the order of making.
    pub(crate) async fn services(self) -> Result<Vec<Service>, StoreError> {
        let tenant = self.tenant.slug.clone();
        let kept = self
            .provider
            .store
            .read(move |db| services::list(db, &tenant))
            .await?;
        let retired_too = self.policy.catalogue.retired == Retired::Listed;
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
            .filter(|kept| self.tenant.service(&kept.service.id).is_none() && (kept.active || retired_too));
        Ok(of_the_file
            .chain(made.map(|kept| &kept.service))
            .cloned()
            .collect())
    }

    /// The terms on which a service can be booked here.
    pub(crate) fn offer(self, service: &Service) -> Arc<Offer> {
        let rules = self.policy.catalogue;
        let minutes = |number: u32| TimeDelta::minutes(number.into());
        let staff = self.tenant.staff.iter();
        let resources = self.tenant.resources.iter();
        let own_horizon = rules.horizon.or_default(service.horizon_days);
        Arc::new(Offer {
            service_id: service.id.clone(),
            calendar: self.tenant.calendar.clone(),
            length: service.duration(),
            before: rules
                .buffer_before
                .or_default(minutes(service.buffer_before_minutes)),
            after: rules
                .buffer_after
                .or_default(minutes(service.buffer_after_minutes)),
            lead: rules.lead_time.or_default(minutes(service.lead_minutes)),
            horizon_days: own_horizon.unwrap_or(self.tenant.calendar.horizon_days),
            capacity: rules.capacity.of(service.capacity) as usize,
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
