//! The one environment in which every expression is compiled and evaluated.

use std::sync::{Arc, LazyLock};

use cel::Env;

use super::functions;

static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut env = Env::stdlib();
    let declared = cel::extensions::strings(&mut env)
        .and_then(|()| cel::extensions::lists(&mut env))
        .and_then(|()| functions::declare(&mut env));
    // The declarations are constant: they either clash in every process or in none.
    debug_assert!(declared.is_ok(), "{declared:?}");
    Arc::new(env)
});

/// The environment.
pub(super) fn environment() -> &'static Arc<Env> {
    &ENVIRONMENT
}
