//! The arguments of gates, publishing, keys and certificates.

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use clap::{ArgGroup, Args, Subcommand};

use super::ListFormat;
use super::values::age;
use crate::model::{CapabilityRef, ProviderId};
use crate::standing::Share;
use crate::summary::ProofLevel;

#[derive(Debug, Args)]
pub(in crate::cli) struct GateArguments {
    /// The provider, such as `bookio:salon-aurora`.
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) provider: ProviderId,
    /// The capability: `domain.tool@version`, or `domain.tool` for its first version, as in a manifest.
    #[arg(long, value_name = "CAPABILITY")]
    pub(in crate::cli) capability: String,
    /// The maximum age of the latest run that counts, such as `7d`, `12h` or `30m`.
    #[arg(long, value_name = "TIME", value_parser = age, help_heading = "Demands")]
    pub(in crate::cli) max_age: Option<TimeDelta>,
    /// The minimum share of must-level results that passed, such as `0.99`.
    #[arg(long, value_name = "SHARE", requires = "over", help_heading = "Demands")]
    pub(in crate::cli) min_pass_rate: Option<Share>,
    /// The period until now over which the share is computed, such as `14d`.
    #[arg(long, value_name = "TIME", value_parser = age, requires = "min_pass_rate", help_heading = "Demands")]
    pub(in crate::cli) over: Option<TimeDelta>,
    /// The minimum number of rules of the contract that the latest run that counts has proven.
    #[arg(long, value_name = "NUMBER", help_heading = "Demands")]
    pub(in crate::cli) min_rules: Option<usize>,
    /// The minimum level that the latest run that counts has proven: `basic`, `standard` or `full`.
    #[arg(long, value_name = "LEVEL", help_heading = "Demands")]
    pub(in crate::cli) level: Option<ProofLevel>,
    /// Ask this registry instead of the stored runs of this machine.
    #[arg(long, value_name = "URL")]
    pub(in crate::cli) registry_url: Option<String>,
    /// The format of the answer.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = ListFormat::Table, help_heading = "Output")]
    pub(in crate::cli) format: ListFormat,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct PublishArguments {
    /// The run: its id, the beginning of its id, or `latest`.
    pub(in crate::cli) run: String,
    /// The address of the registry. The token is read from the variable `PROOFHOUSE_TOKEN`.
    #[arg(long, value_name = "URL")]
    pub(in crate::cli) to: String,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum TokensCommand {
    /// Make a token. It is shown once and not stored.
    New {
        /// The name of the publisher.
        #[arg(long, value_name = "NAME")]
        publisher: String,
        /// The ids of the providers whose runs it may publish, such as `bookio:*` (repeatable).
        #[arg(long, value_name = "GLOB", required = true)]
        provider: Vec<String>,
        /// The time after which it is valid no more, such as `90d`.
        #[arg(long, value_name = "TIME", value_parser = age, default_value = "90d")]
        expires: TimeDelta,
    },
    /// Make a token of the same publisher for the same providers, and revoke the old one.
    Rotate {
        /// The old token, as `proofhouse tokens list` shows it.
        id: String,
        /// The time after which the new one is valid no more, such as `90d`.
        #[arg(long, value_name = "TIME", value_parser = age, default_value = "90d")]
        expires: TimeDelta,
    },
    /// List all tokens with their expiry and use, without their text.
    List,
    /// Revoke a token.
    Revoke {
        /// The token, as `proofhouse tokens list` shows it.
        id: String,
    },
}

#[derive(Debug, Args)]
pub(in crate::cli) struct CertifyArguments {
    /// The run: its id, the beginning of its id, or `latest`.
    pub(in crate::cli) run: String,
    /// The file of the private key, as `proofhouse keys new` makes it.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) key: PathBuf,
    /// The file to write the certificate to; with `--all`, the folder.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) output: PathBuf,
    /// A certificate for every claim of the run, or of `--provider`, each in a file of its own. Exits 1 if one is refused.
    #[arg(long, conflicts_with_all = ["capability", "countersign", "svr"])]
    pub(in crate::cli) all: bool,
    /// Write also the short form of the certificate to this file: the verified properties, as a Simple Verification Result.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) svr: Option<PathBuf>,
    /// The provider, if the run has several.
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) provider: Option<ProviderId>,
    /// The capability, `domain.tool@version`, if the provider claims several.
    #[arg(long, value_name = "CAPABILITY")]
    pub(in crate::cli) capability: Option<CapabilityRef>,
    /// The validity of the certificate, such as `90d`, at most 366 days.
    #[arg(long, value_name = "TIME", value_parser = age, default_value = "90d")]
    pub(in crate::cli) valid: TimeDelta,
    /// The maximum age of the run, such as `7d`.
    #[arg(long, value_name = "TIME", value_parser = age, default_value = "7d")]
    pub(in crate::cli) max_age: TimeDelta,
    /// Countersign this certificate of a provider as a registry: verify it, and state that the registry's own run proves the same.
    #[arg(long, value_name = "FILE", requires = "trust")]
    pub(in crate::cli) countersign: Option<PathBuf>,
    /// Add the certificate to the transparency log of this machine, whose private key is in this file, and write the proof to the file of
    /// the certificate with `.tlog-proof` after its name.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) log_key: Option<PathBuf>,
    /// The trust file (YAML) with the trusted keys, for `--countersign`. With it, a key that is not trusted until the end of the
    /// certificate signs nothing.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) trust: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct VerifyArguments {
    /// The certificate.
    pub(in crate::cli) file: PathBuf,
    /// The trust file (YAML) with the trusted keys.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) trust: PathBuf,
    /// The proof that the certificate is in a log that the trust file names. The default is the file of the certificate with
    /// `.tlog-proof` after its name.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) proof: Option<PathBuf>,
    /// Verify as of this time, such as `2026-12-24T12:00:00Z`. The default is now.
    #[arg(long, value_name = "TIME")]
    pub(in crate::cli) at: Option<DateTime<Utc>>,
    /// The format of the answer.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = ListFormat::Table)]
    pub(in crate::cli) format: ListFormat,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum KeysCommand {
    /// Make a key: the private key in a file that only its owner can read, the public key in `FILE.pub`.
    New {
        /// The file of the private key. It must not exist.
        #[arg(long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Show the public key and its id.
    Show {
        /// The file of the private or the public key.
        file: PathBuf,
    },
    /// Print a trust file that trusts a key for a year from today.
    Trust {
        /// The file of the private or the public key.
        file: PathBuf,
        /// The ids of the providers that the key may certify, such as `my-platform:*` (repeatable).
        #[arg(long, value_name = "GLOB", required = true)]
        provider: Vec<String>,
        /// The owner of the key, for people. The default is the first id.
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum LogCommand {
    /// Make the log of this machine, and print its public key for trust files.
    New {
        /// The name of the log, such as `registry.example/log`: the address at which it is served, without `https://`.
        #[arg(long, value_name = "NAME")]
        name: String,
        /// The file of the private key that signs its checkpoints.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Verify a certificate, add it, and write the proof of it to the file of the certificate with `.tlog-proof` after its name.
    Add {
        /// The certificate.
        file: PathBuf,
        /// The trust file (YAML) with the trusted keys.
        #[arg(long, value_name = "FILE")]
        trust: PathBuf,
        /// The file of the private key of the log.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Add the revocation of a key or of a run.
    #[command(group = ArgGroup::new("revoked").required(true).args(["key_id", "run"]))]
    Revoke {
        /// The id of the key, as `proofhouse keys show` prints it.
        #[arg(long, value_name = "ID")]
        key_id: Option<String>,
        /// The id of the run, as `proofhouse runs list` prints it.
        #[arg(long, value_name = "ID")]
        run: Option<String>,
        /// The reason.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// The file of the private key of the log.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
    /// Print the signed checkpoint: the size and the root of the log.
    Checkpoint,
    /// Check that the entries have the root that the log signed. Exits 1 if the log was rewritten or cut.
    Verify {
        /// A checkpoint that was kept earlier: check also that nothing before it was rewritten.
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
        /// Check the log that is served at this address, such as `https://registry.example/log`, instead of the log of this machine: by its
        /// checkpoint and its tiles.
        #[arg(long, value_name = "URL", requires = "trust")]
        url: Option<String>,
        /// The trust file (YAML) whose `logs` name the log, for `--url`.
        #[arg(long, value_name = "FILE", requires = "url")]
        trust: Option<PathBuf>,
    },
}
