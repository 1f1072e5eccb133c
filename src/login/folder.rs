//! The folder of the system for what is set up once.

use std::path::PathBuf;

/// The environment variable that names the folder.
pub const CONFIG_VARIABLE: &str = "PROOFHOUSE_CONFIG";

/// The folder of the logins, by the environment that `lookup` reads. None where it names neither a folder nor a home.
pub fn folder(lookup: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let named = |name: &str| lookup(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    // A path that begins nowhere means nothing there (XDG Base Directory Specification).
    let of_system = || {
        named("XDG_CONFIG_HOME")
            .filter(|path| path.is_absolute())
            .or_else(|| named("APPDATA").filter(|_| cfg!(windows)))
            .or_else(|| {
                let below = match cfg!(target_os = "macos") {
                    true => "Library/Application Support",
                    false => ".config",
                };
                Some(named("HOME")?.join(below))
            })
            .map(|path| path.join("proofhouse"))
    };
    named(CONFIG_VARIABLE)
        .or_else(of_system)
        .map(|path| path.join("logins"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_that_of_the_variable_then_of_the_system_then_of_the_home() {
        let of = |pairs: &[(&str, &str)]| {
            let pairs: Vec<_> = pairs.to_vec();
            folder(&move |name| {
                let found = pairs.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        let home = ("HOME", "/home/ada");
        assert_eq!(of(&[]), None);
        assert_eq!(
            of(&[home, ("XDG_CONFIG_HOME", "/x"), (CONFIG_VARIABLE, "/c")]),
            Some("/c/logins".into())
        );
        assert_eq!(
            of(&[home, ("XDG_CONFIG_HOME", "/x")]),
            Some("/x/proofhouse/logins".into())
        );
        #[cfg(target_os = "linux")]
        assert_eq!(
            of(&[home, ("XDG_CONFIG_HOME", "relative")]),
            Some("/home/ada/.config/proofhouse/logins".into())
        );
    }
}
