//! `proofhouse serve`: the site of the registry.

use std::sync::Arc;

use tokio::net::TcpListener;

use super::args::{Global, ServeArguments};
use super::output::Printer;
use super::schedule::missed_starts;
use super::served_log::ServedLog;
use super::{environment, exit, signals};
use crate::app::{
    self, AppError, Bundle, Certificates, History, Schedule, ScheduleEvent, ScheduleRecord, Scheduler,
    Tokens, UploadReceiver,
};
use crate::web;

/// Serves the site until a signal stops the process.
pub(super) async fn serve(
    arguments: &ServeArguments,
    global: &Global,
    printer: &Printer,
) -> Result<u8, AppError> {
    let log = ServedLog::new(printer, arguments.log_format);
    let folder = environment::data_folder();
    let bundle = Arc::new(Bundle::load(global.registry.as_deref())?);
    let history = environment::open_runs()?;
    let certificates = arguments
        .certificates
        .as_ref()
        .zip(arguments.trust.as_ref())
        .map(|(folder, trust)| Certificates::open(folder, trust))
        .transpose()?;
    let schedule = arguments.schedule.as_deref().map(|file| {
        let record = ScheduleRecord::of(&folder, file);
        Ok::<_, AppError>((Schedule::read(file)?, record))
    });
    let schedule = schedule.transpose()?;
    let receiver = UploadReceiver::new(&folder, history.clone());
    let mut state = web::State {
        bundle,
        history,
        certificates,
        log: app::open_log(&folder)?,
        uploads: Some(Arc::new(web::UploadService::new(
            Tokens::open_at(&environment::store_place()?)?,
            receiver,
        ))),
        base_url: arguments.base_url.clone(),
        access: arguments.access_log.then(|| {
            let log = log.clone();
            Arc::new(move |request: &web::LoggedRequest| log.request(request)) as web::Requests
        }),
        proxies: web::TrustedProxies::new(arguments.trusted_proxies.clone()),
        hosts: web::Hosts::Any,
        notify: Arc::new({
            let log = log.clone();
            move |error: &str| log.warning(error)
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
    if address.ip().is_loopback() {
        state.hosts = web::Hosts::Local(arguments.public_host.clone());
    }
    printer.line(&format!("listening on http://{address}"));
    let scheduler = schedule.map(|schedule| {
        let (bundle, history) = (Arc::clone(&state.bundle), state.history.clone());
        let (log, ended) = (log.clone(), state.history.clone());
        Scheduler::start(schedule, bundle, history, environment::variable, move |event| {
            log_event(&event, &ended, &log);
        })
    });
    let scheduler = scheduler.transpose().map_err(failed)?;
    let served = web::serve(state, listener, signals::signal()).await;
    if let Some(scheduler) = scheduler
        && !scheduler.end().await
    {
        log.warning("a scheduled run did not end in time: `proofhouse cleanup` takes back what it left");
    }
    served.map_err(failed)?;
    Ok(exit::CONFORMANT)
}

/// Logs an event of the schedule in one line, and counts runs for a monitor.
fn log_event(event: &ScheduleEvent, history: &History, log: &ServedLog) {
    match event {
        ScheduleEvent::Times(times) => {
            let times = times.iter().map(|at| at.format("%Y-%m-%d %H:%M").to_string());
            let times: Vec<_> = times.collect();
            log.note(&format!("scheduled in UTC: {}, …", times.join(", ")));
        }
        ScheduleEvent::Next(at) => log.note(&format!("next run at {}", at.format("%Y-%m-%d %H:%M:%S UTC"))),
        ScheduleEvent::Missed(missed) => log.warning(&missed_starts(missed)),
        ScheduleEvent::Ran(run, verdict) => match history.overview(run) {
            Ok(overview) => {
                web::count_run(&overview);
                log.run(&overview);
            }
            Err(_) => log.note(&format!("run {run}: {}", verdict.description())),
        },
        ScheduleEvent::Unknown(reason) => log.warning(&format!(
            "starts that are missed while nobody follows the schedule are not known: {reason}"
        )),
        ScheduleEvent::Failed(reason) => {
            web::count_missing_run();
            log.warning(&format!("no run: {reason}"));
        }
    }
}
