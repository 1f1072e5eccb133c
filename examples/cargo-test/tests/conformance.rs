//! Proves that the provider is conformant. On failure the test shows the table of the run.

#[test]
fn the_provider_is_conformant() {
    proofhouse::testing::prove_router(cargo_test_example::router(), &["booking.list_services"]);
}

#[test]
#[should_panic(expected = "a service is left out")]
fn a_provider_that_is_wrong_is_told_why() {
    // The text that `should_panic` expects is part of the answer below, so the test proves that the panic shows the answer.
    let wrong = axum::Router::new().route(
        "/tools/list_services",
        axum::routing::post(|| async {
            axum::Json(serde_json::json!({ "ok": true, "error": "a service is left out" }))
        }),
    );
    proofhouse::testing::prove_router(wrong, &["booking.list_services"]);
}
