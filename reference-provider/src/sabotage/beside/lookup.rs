//! Reads what an input names from the store.

use crate::store::{Booking, StoreError};
use crate::tools::Call;

/// The booking that an input names, as it stands.
pub(super) async fn booking(call: Call<'_>, id: &str) -> Result<Option<Booking>, StoreError> {
    let (tenant, id) = (call.tenant.slug.clone(), id.to_owned());
    let find = move |db: &rusqlite::Connection| crate::store::bookings::find(db, &tenant, &id);
    call.provider.store.read(find).await
}
