//! The part of the contract of stores that is about uploads.

use std::sync::{Arc, Barrier};
use std::thread;

use chrono::{DateTime, Utc};
use proofhouse::model::RunId;
use proofhouse::publish::{TokenHash, TokenRecord};
use proofhouse::store::{AddedPiece, Store, UploadBounds, UploadPiece, Wait};

use super::{at, run_at};

fn with_token(store: &dyn Store, id: &str) {
    let token = TokenRecord {
        id: id.to_owned(),
        publisher: "Ada".to_owned(),
        providers: vec!["bookio:*".to_owned()],
        created_at: at(0),
        expires_at: at(59),
        revoked_at: None,
    };
    store.insert_token(&TokenHash::of(id), &token).wait().unwrap();
}

fn add(
    store: &dyn Store,
    token: &str,
    run: &RunId,
    offset: u64,
    text: &str,
    when: DateTime<Utc>,
) -> AddedPiece {
    let piece = UploadPiece {
        token: token.to_owned(),
        run: run.clone(),
        offset,
        text: text.to_owned(),
        at: when,
    };
    let bounds = UploadBounds {
        bytes: 40,
        open: 2,
        outdated: when - chrono::TimeDelta::minutes(10),
    };
    store.add_piece(piece, bounds).wait().unwrap()
}

/// The whole upload, as it is read.
fn contents(store: &dyn Store, token: &str, run: &RunId) -> String {
    let mut read = Vec::new();
    while let Some(piece) = store.upload_piece(token, run, read.len() as u64).wait().unwrap() {
        read.extend(piece);
    }
    String::from_utf8(read).unwrap()
}

pub(super) fn takes_pieces_in_order(open: &dyn Fn() -> Arc<dyn Store>) {
    // As two sites that take turns.
    let sites = [open(), open()];
    let [one, other] = sites.each_ref().map(AsRef::as_ref);
    with_token(one, "ada");
    with_token(one, "bob");
    let (run, _) = run_at(1);
    assert_eq!(one.upload_size("ada", &run).wait().unwrap(), 0);
    assert_eq!(add(one, "ada", &run, 0, "", at(1)), AddedPiece::Stored(0));
    assert_eq!(add(one, "ada", &run, 0, "é\u{0}1", at(1)), AddedPiece::Stored(4));
    assert_eq!(add(other, "ada", &run, 4, "🕯\n", at(1)), AddedPiece::Stored(9));
    assert_eq!(add(one, "ada", &run, 9, "", at(1)), AddedPiece::Stored(9));
    for offset in [0, 4, 8, 10, u64::MAX] {
        assert_eq!(
            add(one, "ada", &run, offset, "x", at(1)),
            AddedPiece::Elsewhere(9)
        );
    }
    assert_eq!(
        add(one, "ada", &run, 9, &"x".repeat(32), at(1)),
        AddedPiece::TooLong
    );
    assert_eq!(one.upload_size("ada", &run).wait().unwrap(), 9);
    assert_eq!(contents(other, "ada", &run), "é\u{0}1🕯\n");
    // Each token has uploads of its own.
    assert_eq!(add(one, "bob", &run, 0, "b", at(1)), AddedPiece::Stored(1));
    other.remove_upload("ada", &run).wait().unwrap();
    other.remove_upload("ada", &run).wait().unwrap();
    assert_eq!(one.upload_size("ada", &run).wait().unwrap(), 0);
    assert_eq!(contents(one, "ada", &run), "");
    assert_eq!(contents(one, "bob", &run), "b");
    assert_eq!(one.check().wait().unwrap(), Vec::<String>::new());
}

pub(super) fn bounds_what_a_token_sends(store: &dyn Store) {
    with_token(store, "ada");
    with_token(store, "bob");
    let [first, second, third] = [1, 2, 3].map(|minute| run_at(minute).0);
    assert_eq!(add(store, "ada", &first, 0, "1", at(1)), AddedPiece::Stored(1));
    assert_eq!(add(store, "ada", &second, 0, "2", at(5)), AddedPiece::Stored(1));
    assert_eq!(add(store, "ada", &third, 0, "3", at(6)), AddedPiece::TooMany(2));
    assert_eq!(add(store, "bob", &third, 0, "3", at(6)), AddedPiece::Stored(1));
    assert_eq!(add(store, "ada", &second, 1, "2", at(6)), AddedPiece::Stored(2));
    // The first one was not continued for too long, and makes room.
    assert_eq!(add(store, "ada", &third, 0, "3", at(12)), AddedPiece::Stored(1));
    assert_eq!(store.upload_size("ada", &first).wait().unwrap(), 0);
    assert_eq!(contents(store, "ada", &second), "22");
    assert_eq!(contents(store, "bob", &third), "3");
}

pub(super) fn takes_one_of_two_pieces_for_one_place(open: &dyn Fn() -> Arc<dyn Store>) {
    let sites: Vec<_> = (0..4).map(|_| open()).collect();
    with_token(sites[0].as_ref(), "ada");
    let (run, _) = run_at(1);
    for offset in 0..8 {
        let barrier = Barrier::new(sites.len());
        let stored = thread::scope(|scope| {
            let adding: Vec<_> = sites
                .iter()
                .map(|site| {
                    scope.spawn(|| {
                        barrier.wait();
                        add(site.as_ref(), "ada", &run, offset, "x", at(1))
                    })
                })
                .collect();
            let added = adding.into_iter().map(|adding| adding.join().unwrap());
            added
                .filter(|added| *added == AddedPiece::Stored(offset + 1))
                .count()
        });
        assert_eq!(stored, 1);
    }
    assert_eq!(contents(sites[0].as_ref(), "ada", &run), "x".repeat(8));
    // Together they begin no more uploads than one may.
    let runs = [2, 3, 4, 5].map(|minute| run_at(minute).0);
    thread::scope(|scope| {
        for (site, run) in sites.iter().zip(&runs) {
            scope.spawn(move || add(site.as_ref(), "ada", run, 0, "x", at(1)));
        }
    });
    let begun = runs
        .iter()
        .filter(|run| sites[0].upload_size("ada", run).wait().unwrap() > 0);
    assert_eq!(begun.count(), 1);
}
