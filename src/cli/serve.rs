//! `proofhouse serve`: the registry's site.

use std::sync::Arc;

use tokio::net::TcpListener;

use super::args::{Global, ServeArguments};
use super::output::Printer;
use super::{exit, signals};
use crate::app::{
    self, AppError, Bundle, Certificates, History, Receiver, Schedule, Scheduled, Stop, Tokens,
};
use crate::web;

/// Serves the site until it is asked to stop.
pub(super) async fn serve(
    arguments: &ServeArguments,
    global: &Global,
    printer: &Printer,
) -> Result<u8, AppError> {
    let folder = app::data_folder(std::env::var_os(app::DATA_VARIABLE));
    let bundle = Arc::new(Bundle::load(global.registry.as_deref())?);
    let history = History::open(&folder)?;
    let certificates = arguments
        .certificates
        .as_ref()
        .zip(arguments.trust.as_ref())
        .map(|(folder, trust)| Certificates::open(folder, trust))
        .transpose()?;
    let schedule = arguments.schedule.as_deref().map(Schedule::read).transpose()?;
    let receiver = Receiver::new(&folder, history.clone());
    let state = web::State {
        bundle,
        history,
        certificates,
        uploads: Some(Arc::new(web::UploadService::new(
            Tokens::open(&folder)?,
            receiver,
        ))),
        notify: Arc::new({
            let printer = printer.clone();
            move |what: &str| printer.warning(what)
        }),
    };
    let failed = |error: std::io::Error| AppError::CannotListen {
        host: arguments.host.clone(),
        port: arguments.port,
        error,
    };
    let listener = TcpListener::bind((arguments.host.as_str(), arguments.port))
        .await
        .map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    printer.line(&format!("listening on http://{address}"));
    let (bundle, history) = (Arc::clone(&state.bundle), state.history.clone());
    let serving = web::serve(state, listener, signals::signal());
    let served = match schedule {
        None => serving.await,
        Some(schedule) => {
            let stop = Stop::new();
            let serving = async {
                let served = serving.await;
                // What a run has made by then is taken back first.
                stop.request();
                served
            };
            let environment = |name: &str| std::env::var(name).ok();
            let following = schedule.follow(&bundle, &history, &stop, &environment, |what| {
                tell(&what, printer)
            });
            tokio::join!(serving, following).0
        }
    };
    served.map_err(failed)?;
    Ok(exit::CONFORMANT)
}

/// A line for each thing that the schedule does.
fn tell(what: &Scheduled, printer: &Printer) {
    match what {
        Scheduled::Next(at) => printer.note(&format!("next run at {}", at.format("%Y-%m-%d %H:%M:%S UTC"))),
        Scheduled::Ran(run, verdict) => printer.note(&format!("run {run}: {}", verdict.words())),
        Scheduled::Failed(reason) => printer.warning(&format!("no run: {reason}")),
    }
}
