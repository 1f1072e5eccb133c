//! Authorities that this process trusts beside those of the machine.

use std::sync::OnceLock;

use reqwest::Certificate;

static ROOTS: OnceLock<Vec<Certificate>> = OnceLock::new();

/// Trusts the authorities of a file in PEM too, for every connection from now on. To be called once, before the first connection; again
/// does nothing. Returns the number of its certificates.
///
/// # Errors
///
/// The text is no PEM, or holds no certificate.
pub fn trust_also(pem: &[u8]) -> Result<usize, String> {
    let found = Certificate::from_pem_bundle(pem).map_err(|_| "it is no PEM with certificates".to_owned())?;
    if found.is_empty() {
        return Err("it holds no certificate".to_owned());
    }
    Ok(ROOTS.get_or_init(|| found).len())
}

/// The authorities to trust beside those of the machine.
pub(super) fn roots() -> &'static [Certificate] {
    ROOTS.get().map_or(&[], Vec::as_slice)
}
