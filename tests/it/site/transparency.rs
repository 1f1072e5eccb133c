//! The tiles of the log, as anybody reads them.

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use proofhouse::certificate::LogKey;
use proofhouse::transparency::{Checkpoint, Hash, leaf_hash, root};
use tower::ServiceExt;

use super::seed::Seed;

async fn get(seed: &Seed, path: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = seed.site.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 1 << 20).await.unwrap();
    (parts.status, parts.headers, bytes.to_vec())
}

fn entries(bundle: &[u8]) -> Vec<Vec<u8>> {
    let (mut rest, mut entries) = (bundle, Vec::new());
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let (entry, after) = after.split_at(usize::from(u16::from_be_bytes(*length)));
        entries.push(entry.to_vec());
        rest = after;
    }
    entries
}

#[tokio::test]
async fn the_checkpoint_and_the_tiles_are_one_tree() {
    let seed = Seed::empty();
    let key = std::fs::read_to_string(seed.folder().join("log/key")).unwrap();
    let key: LogKey = key.parse().unwrap();
    let (status, headers, note) = get(&seed, "/log/checkpoint").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers[header::CONTENT_TYPE], "text/plain; charset=utf-8");
    let checkpoint = Checkpoint::open(&String::from_utf8(note).unwrap(), &key).unwrap();
    assert_eq!(
        (checkpoint.size, checkpoint.origin.as_str()),
        (3, "registry.example/log")
    );

    let (status, headers, tile) = get(&seed, "/log/tile/0/000.p/3").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers[header::CONTENT_TYPE], "application/octet-stream");
    assert!(
        headers[header::CACHE_CONTROL]
            .to_str()
            .unwrap()
            .contains("immutable")
    );
    let (hashes, rest) = tile.as_chunks::<32>();
    assert!(rest.is_empty());
    let hashes: &[Hash] = hashes;
    assert_eq!(root(hashes), checkpoint.root);

    let (_, _, bundle) = get(&seed, "/log/tile/entries/000.p/3").await;
    let leaves: Vec<_> = entries(&bundle).iter().map(|entry| leaf_hash(entry)).collect();
    assert_eq!(leaves, hashes);
    let earlier = get(&seed, "/log/tile/0/000.p/2").await.2;
    assert_eq!(earlier, tile[..64]);
}

#[tokio::test]
async fn a_tile_that_is_not_there_yet_or_has_another_spelling_is_not_found() {
    let seed = Seed::empty();
    for path in [
        "0/000",
        "0/000.p/4",
        "0/001.p/1",
        "1/000.p/1",
        "0/0.p/3",
        "entries/../../key",
        "x",
        "0/000.p/03",
    ] {
        let (status, _, _) = get(&seed, &format!("/log/tile/{path}")).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
}
