//! The tokens of publishers.

use proofhouse::publish::{TokenHash, TokenRecord, TokenUse};
use proofhouse::store::{Store, Wait};

use crate::store::at;

pub(super) fn keeps_tokens(store: &dyn Store) {
    let hash = TokenHash::of("phk_one");
    let token = |id: &str, minute| TokenRecord {
        id: id.to_owned(),
        publisher: "Ada \u{1F600}".to_owned(),
        providers: vec!["bookio:*".to_owned(), "a\"b".to_owned()],
        created_at: at(minute),
        expires_at: at(59),
        revoked_at: None,
    };
    let (first, second) = (token("one", 1), token("two", 2));
    let revoked = TokenRecord {
        revoked_at: Some(at(4)),
        ..token("three", 3)
    };
    let hashes = ["phk_two", "phk_three"].map(TokenHash::of);
    store.insert_token(&hashes[0], &second).wait().unwrap();
    store.insert_token(&hash, &first).wait().unwrap();
    store.insert_token(&hashes[1], &revoked).wait().unwrap();
    assert!(
        store.insert_token(&hash, &token("again", 5)).wait().is_err(),
        "a hash is there once"
    );
    assert_eq!(
        store.tokens().wait().unwrap(),
        [first.clone(), second.clone(), revoked.clone()]
    );
    assert_eq!(store.find_token(&hash).wait().unwrap(), Some(first.clone()));
    assert_eq!(
        store.find_token(&hashes[1]).wait().unwrap(),
        None,
        "it is revoked"
    );
    assert_eq!(
        store.find_token(&TokenHash::of("phk_other")).wait().unwrap(),
        None
    );
    let day = at(1).date_naive();
    let later = at(1) + chrono::TimeDelta::days(1);
    for (when, runs, bytes) in [(at(1), 1, 10), (at(9), 2, 20), (at(5), 0, 5), (later, 4, 40)] {
        store.count_token_use("one", when, runs, bytes).wait().unwrap();
    }
    let used = |runs, bytes, last| TokenUse {
        runs,
        bytes,
        last: Some(last),
    };
    assert_eq!(
        store.token_use("one", Some(day)).wait().unwrap(),
        used(3, 35, at(9))
    );
    assert_eq!(store.token_use("one", None).wait().unwrap(), used(7, 75, later));
    assert_eq!(store.token_use("two", None).wait().unwrap(), TokenUse::default());
    let days = store.days_of_token("one").wait().unwrap();
    assert_eq!(days, [used(3, 35, at(9)), used(4, 40, later)]);
    assert!(store.revoke_token("one", at(10)).wait().unwrap());
    assert!(
        !store.revoke_token("one", at(11)).wait().unwrap(),
        "once is enough"
    );
    assert_eq!(store.find_token(&hash).wait().unwrap(), None);
    let with_hashes: Vec<_> = store.hashed_tokens().wait().unwrap();
    let named: Vec<_> = with_hashes
        .iter()
        .map(|(hash, token)| (hash.as_str(), token.id.as_str()))
        .collect();
    assert_eq!(
        named,
        [
            (hash.as_str(), "one"),
            (hashes[0].as_str(), "two"),
            (hashes[1].as_str(), "three")
        ]
    );
    assert_eq!(with_hashes[0].1.revoked_at, Some(at(10)));
}
