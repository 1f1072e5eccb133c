//! The configured route of mails, and the errors of a route that is refused.

use std::fmt;
use std::path::PathBuf;

use lettre::transport::smtp::authentication::Credentials;
use lettre::{Address, AsyncSmtpTransport, Tokio1Executor};

use super::mailer::{LONGEST_SENDING, Mailer};

/// The settings of mails.
#[derive(Debug, Clone)]
pub struct Mailing {
    /// The address that they come from, and the organizer of what is in them.
    pub sender: String,
    /// The route.
    pub route: Route,
}

impl Default for Mailing {
    /// Nothing is sent.
    fn default() -> Self {
        Self {
            sender: "bookings@localhost".to_owned(),
            route: Route::Nowhere,
        }
    }
}

/// The route of mails.
#[derive(Clone)]
pub enum Route {
    /// They stay in the outbox.
    Nowhere,
    /// Each becomes a file `….eml` in this folder, which is made when there is one.
    Folder(PathBuf),
    /// To a server, at `smtp://host:port` (never encrypted), `smtp://host:port?tls=required` (STARTTLS) or `smtps://host:port`, with
    /// the name of a user before the host where there is a password.
    Smtp {
        /// The address of the server.
        url: String,
        /// The password of the user.
        password: Option<String>,
    },
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nowhere => f.write_str("Nowhere"),
            Self::Folder(folder) => f.debug_tuple("Folder").field(folder).finish(),
            // The password is nobody's business, and an address may hold one by mistake.
            Self::Smtp { .. } => f.write_str("Smtp"),
        }
    }
}

/// The reason why mails cannot be sent as they are configured.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The sender is no address.
    #[error("mails cannot come from {sender:?}: {source}")]
    Sender {
        /// The text that was given.
        sender: String,
        /// The mistake in it.
        source: lettre::address::AddressError,
    },
    /// The address of the server is not of a form that is known.
    #[error(
        "the address of the mail server is not smtp://HOST:PORT, smtp://HOST:PORT?tls=required or smtps://HOST:PORT: {0}"
    )]
    Server(#[source] lettre::transport::smtp::Error),
    /// A password where others may read it.
    #[error("the address of the mail server holds a password; it belongs into the environment")]
    PasswordInUrl,
    /// A password, and nobody whose it is.
    #[error("there is a password for the mail server, and no user in its address: smtps://USER@HOST:PORT")]
    NobodysPassword,
    /// A password that anybody on the way could read.
    #[error("a password for the mail server would be sent in the clear; use smtps://… or …?tls=required")]
    PasswordInTheClear,
}

impl Mailing {
    /// The sender of the mails.
    pub(super) fn sender(&self) -> Result<Address, MailError> {
        self.sender.trim().parse().map_err(|source| MailError::Sender {
            sender: self.sender.clone(),
            source,
        })
    }
}

impl Route {
    /// Makes ready to send; nobody is spoken to yet.
    pub(super) fn open(&self) -> Result<Mailer, MailError> {
        match self {
            Self::Nowhere => Ok(Mailer::Nowhere),
            Self::Folder(path) => Ok(Mailer::Folder(path.clone())),
            Self::Smtp { url, password } => {
                let (user, in_url) = user_of(url);
                if in_url {
                    return Err(MailError::PasswordInUrl);
                }
                let server =
                    AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(MailError::Server)?;
                let server = server.timeout(Some(LONGEST_SENDING));
                let server = match (user, password) {
                    (_, None) => server,
                    (None, Some(_)) => return Err(MailError::NobodysPassword),
                    (Some(_), Some(_)) if !is_encrypted(url) => return Err(MailError::PasswordInTheClear),
                    (Some(user), Some(password)) => {
                        server.credentials(Credentials::new(user.to_owned(), password.clone()))
                    }
                };
                Ok(Mailer::Smtp(Box::new(server.build())))
            }
        }
    }
}

/// The user whom an address names, and whether it gives away the password.
fn user_of(url: &str) -> (Option<&str>, bool) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.rsplit_once('@') {
        None => (None, false),
        Some((user, _)) => (Some(user), user.contains(':')),
    }
}

/// Returns true if everything that is sent to this address is encrypted.
fn is_encrypted(url: &str) -> bool {
    url.starts_with("smtps://") || url.ends_with("?tls=required")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str, password: Option<&str>) -> String {
        let route = Route::Smtp {
            url: url.to_owned(),
            password: password.map(str::to_owned),
        };
        match route.open() {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[tokio::test]
    async fn a_password_goes_only_to_a_named_user_over_an_encrypted_connection() {
        for url in [
            "smtps://shop@mail.example",
            "smtp://shop@mail.example:587?tls=required",
        ] {
            assert_eq!(refused(url, Some("secret")), "", "{url}");
        }
        for (url, why) in [
            ("smtps://mail.example", "no user"),
            ("smtp://shop@mail.example", "in the clear"),
            ("smtp://shop@mail.example?tls=opportunistic", "in the clear"),
            ("smtps://shop:secret@mail.example", "holds a password"),
        ] {
            let message = refused(url, Some("secret"));
            assert!(message.contains(why), "{url}: {message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }

    #[tokio::test]
    async fn an_address_of_another_form_is_refused() {
        assert_eq!(refused("smtp://127.0.0.1:2525", None), "");
        for url in ["127.0.0.1:2525", "http://127.0.0.1", "smtp://host?tls=perhaps"] {
            assert!(
                refused(url, None).starts_with("the address of the mail server"),
                "{url}"
            );
        }
    }
}
