//! The processes that a command has started: they end with it.

/// The process group of a child: what it has started goes with it, however the task that owns it ends.
pub(in crate::transport) struct Group(Option<u32>);

impl Group {
    pub(in crate::transport) fn of(process: &tokio::process::Child) -> Self {
        Self(process.id())
    }

    /// Asks everything in the group to end.
    pub(in crate::transport) fn terminate(&self) {
        #[cfg(unix)]
        self.signal(rustix::process::Signal::TERM);
    }

    pub(in crate::transport) fn kill(&self) {
        #[cfg(unix)]
        self.signal(rustix::process::Signal::KILL);
    }

    #[cfg(unix)]
    fn signal(&self, signal: rustix::process::Signal) {
        if let Some(group) = self
            .0
            .and_then(|id| i32::try_from(id).ok())
            .and_then(rustix::process::Pid::from_raw)
        {
            // It may be empty already.
            let _ = rustix::process::kill_process_group(group, signal);
        }
    }

    /// The child is reaped: its number may be that of another from now on.
    pub(in crate::transport) fn forget(&mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}
