//! What a child process does.

use crate::job::{Job, Measured};
use crate::{bare, measure, serve, subject};

/// Does a job here.
pub(crate) fn main(job: &str) {
    let job: Job = serde_json::from_str(job).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let measured = runtime.block_on(async {
        match job {
            Job::Serve { tenants } => {
                serve::serve(tenants).await;
                Measured::default()
            }
            Job::Subject {
                manifest,
                data,
                checks,
                turns,
            } => subject::run(manifest, &data, checks, turns).await,
            Job::Bare {
                script,
                url,
                providers,
                turns,
            } => bare::run(&script, &url, providers, turns).await,
        }
    });
    let measured = Measured {
        peak: measure::peak(),
        ..measured
    };
    println!("{}", serde_json::to_string(&measured).unwrap());
}
