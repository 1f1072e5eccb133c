//! Sending a mail that is written: to a server, or into a folder.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::transport::smtp;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use super::mail::Mail;
use crate::folder;

/// The timeout of sending. It is less than the time after which an attempt is made again.
pub(super) const LONGEST_SENDING: Duration = Duration::from_secs(10);

/// Whoever takes mails.
pub(super) enum Mailer {
    /// Nobody.
    Nowhere,
    Folder(PathBuf),
    Smtp(Box<AsyncSmtpTransport<Tokio1Executor>>),
}

/// The reason why a mail was not sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    #[error("cannot write the file: {0}")]
    File(#[from] io::Error),
    #[error("{0}")]
    Server(#[from] smtp::Error),
    #[error("it took longer than {} s", LONGEST_SENDING.as_secs())]
    Slow,
}

impl SendError {
    /// Returns true if the same mail would be refused again: the server answered with a status of 500 or more. A status from 530 to
    /// 538 means that the server does not know us; then the set-up has to change, and the mail can wait.
    pub(super) fn is_final(&self) -> bool {
        match self {
            Self::Server(error) => {
                let status = error.status().map_or(0, u16::from);
                error.is_permanent() && !(530..=538).contains(&status)
            }
            Self::File(_) | Self::Slow => false,
        }
    }
}

impl Mailer {
    /// Returns true if mails are sent anywhere.
    pub(super) fn sends(&self) -> bool {
        !matches!(self, Self::Nowhere)
    }

    /// Sends a mail.
    pub(super) async fn send(&self, mail: Mail) -> Result<(), SendError> {
        let sending = async {
            match self {
                Self::Nowhere => Ok(()),
                Self::Folder(folder) => {
                    let folder = folder.clone();
                    let written = tokio::task::spawn_blocking(move || write(&folder, &mail));
                    Ok(written.await.map_err(io::Error::other)??)
                }
                Self::Smtp(server) => {
                    server.send_raw(&mail.envelope, &mail.text).await?;
                    Ok(())
                }
            }
        };
        let outcome = tokio::time::timeout(LONGEST_SENDING, sending).await;
        outcome.unwrap_or(Err(SendError::Slow))
    }
}

/// Writes a mail as a file that is there as a whole or not at all. Written again, it is the same file.
fn write(folder: &Path, mail: &Mail) -> io::Result<()> {
    folder::make(folder)?;
    let begun = folder.join(format!(".{}.part", mail.key));
    folder::write_whole(&folder.join(format!("{}.eml", mail.key)), &begun, &mail.text)
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;

    use super::*;
    use crate::notify::mail;
    use crate::notify::sample::{booking, message, shop};
    use crate::notify::{Mailing, Post, Route};
    use crate::store::MessageKind;

    /// A mail server for one connection, which answers the recipient with this; where it listens.
    fn server(answer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            stream.write_all(b"220 here\r\n").unwrap();
            let mut in_text = false;
            while let Some(Ok(line)) = lines.next() {
                let command = line.get(..4).unwrap_or_default();
                let reply = match command {
                    _ if in_text && line != "." => continue,
                    "RCPT" => answer,
                    "DATA" => "354 go on",
                    _ => "250 fine",
                };
                in_text = command == "DATA";
                stream.write_all(format!("{reply}\r\n").as_bytes()).unwrap();
            }
        });
        format!("smtp://{address}")
    }

    async fn send(url: String) -> Result<(), SendError> {
        let route = Route::Smtp { url, password: None };
        let post = Post::open(&Mailing {
            route,
            ..Mailing::default()
        })
        .unwrap();
        let booking = booking();
        let message = message(MessageKind::Confirmed, &booking);
        let mail = mail::write(&message, &booking, &shop(), &post.sender, None).unwrap();
        post.mailer.send(mail).await
    }

    #[tokio::test]
    async fn only_what_a_server_refuses_for_good_is_given_up() {
        send(server("250 fine")).await.unwrap();
        assert!(send(server("550 nobody here")).await.unwrap_err().is_final());
        assert!(!send(server("451 later")).await.unwrap_err().is_final());
        assert!(!send(server("530 who are you")).await.unwrap_err().is_final());
        let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("smtp://{}", nobody.local_addr().unwrap());
        drop(nobody);
        assert!(!send(url).await.unwrap_err().is_final());
    }
}
