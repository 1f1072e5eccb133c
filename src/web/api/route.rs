//! The list of routes. Both the router and the OpenAPI document are made of it.

use axum::extract::DefaultBodyLimit;
use axum::routing::{MethodRouter, get, post};
use schemars::generate::SchemaGenerator;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

use super::uploads::{LARGEST_PIECE, Piece, TakenRun, Upload, Whole};
use super::{capabilities, certificates, gate, kill_matrix, providers, runs, uploads};
use crate::app::GateView;
use crate::capability::diff::DiffView;
use crate::report;
use crate::web::State;
use crate::web::view::{
    CapabilityEntry, CapabilityView, CertificateEntry, CertificateView, MatrixRow, Page, ProviderEntry,
    ProviderView, Ranked, ResultView, RunEntry,
};

/// The path of the API.
pub(super) const BASE: &str = "/api/v1";

/// One route.
pub(super) struct Route {
    /// Below [`BASE`], with its parameters in braces.
    pub(super) path: &'static str,
    /// The method of the route, in lower case as OpenAPI has it.
    pub(super) method: &'static str,
    /// The operation id, from which generated clients name their functions.
    pub(super) name: &'static str,
    /// The summary of the response, in one line.
    pub(super) summary: &'static str,
    /// The parameters of its query, as the properties of an object.
    pub(super) query: Option<fn(&mut SchemaGenerator) -> Schema>,
    /// The body that it takes.
    pub(super) body: Option<fn(&mut SchemaGenerator) -> Schema>,
    /// True if the route needs the token of a publisher.
    pub(super) secured: bool,
    /// The schema of the response.
    pub(super) answer: fn(&mut SchemaGenerator) -> Schema,
    pub(super) handler: MethodRouter<State>,
}

impl Route {
    fn of<T: JsonSchema>(
        path: &'static str,
        name: &'static str,
        summary: &'static str,
        handler: MethodRouter<State>,
    ) -> Self {
        Self {
            path,
            method: "get",
            name,
            summary,
            query: None,
            body: None,
            secured: false,
            answer: SchemaGenerator::subschema_for::<T>,
            handler,
        }
    }

    /// With the parameters of a query. The schema is inlined, because each property becomes a parameter.
    fn with_query<Q: JsonSchema>(self) -> Self {
        Self {
            query: Some(Q::json_schema),
            ..self
        }
    }

    /// Only for publishers with a token.
    fn for_publishers(self) -> Self {
        Self {
            secured: true,
            ..self
        }
    }

    /// A `POST` with this body.
    fn with_body<B: JsonSchema>(self) -> Self {
        Self {
            method: "post",
            body: Some(SchemaGenerator::subschema_for::<B>),
            ..self
        }
    }

    /// With this schema of the response.
    fn with_answer(self, answer: fn(&mut SchemaGenerator) -> Schema) -> Self {
        Self { answer, ..self }
    }
}

/// Every route except that of the description.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::of::<Vec<CapabilityEntry>>(
            "/capabilities",
            "listCapabilities",
            "Every capability, by name",
            get(capabilities::list),
        ),
        Route::of::<CapabilityView>(
            "/capabilities/{capability}",
            "readCapability",
            "A contract: `domain.tool@version`, or the newest version of `domain.tool`",
            get(capabilities::show),
        ),
        Route::of::<DiffView>(
            "/capabilities/{capability}/diff",
            "compareVersions",
            "What a later version of a contract changes for callers and for providers",
            get(capabilities::diff),
        )
        .with_query::<capabilities::DiffQuery>(),
        Route::of::<Vec<Ranked>>(
            "/capabilities/{capability}/providers",
            "rankProviders",
            "Who keeps a contract: by standing, then by success, then by speed",
            get(capabilities::ranking),
        ),
        Route::of::<Page<ResultView>>(
            "/capabilities/{capability}/results",
            "listResults",
            "What tests of a contract found, the newest first",
            get(capabilities::results),
        )
        .with_query::<capabilities::ResultQuery>(),
        Route::of::<Vec<MatrixRow>>(
            "/capabilities/{capability}/matrix",
            "readMatrix",
            "Every provider by every test: the latest result of each",
            get(capabilities::matrix),
        ),
        Route::of::<Vec<ProviderEntry>>(
            "/providers",
            "listProviders",
            "Every provider that was proven, by name",
            get(providers::list),
        ),
        Route::of::<ProviderView>(
            "/providers/{provider}",
            "readProvider",
            "A provider: its standing by capability, how it changed, and how long it lets one wait",
            get(providers::show),
        ),
        Route::of::<Page<RunEntry>>("/runs", "listRuns", "The runs, the newest first", get(runs::list))
            .with_query::<runs::RunQuery>(),
        Route::of::<Value>("/runs/{run}", "readRun", "The report of a run", get(runs::show))
            .with_answer(report::json_schema_in),
        Route::of::<Vec<CertificateEntry>>(
            "/certificates",
            "listCertificates",
            "The certificates that the registry shows, each verified now",
            get(certificates::list),
        ),
        Route::of::<CertificateView>(
            "/certificates/{certificate}",
            "readCertificate",
            "A certificate: what verification finds now, and its file",
            get(certificates::show),
        ),
        Route::of::<Value>(
            "/kill-matrix",
            "readKillMatrix",
            "Which test of the bundled suites fails because of which fault, and which rules that proves",
            get(kill_matrix::show),
        )
        .with_answer(report::matrix_schema_in),
        Route::of::<GateView>(
            "/gate",
            "askGate",
            "May a pipeline go on with a provider: yes, no or unknown, with the reasons",
            get(gate::ask),
        )
        .with_query::<gate::GateQuery>(),
        Route::of::<Upload>(
            "/uploads/{run}",
            "readUpload",
            "How much of a run that is being published is here",
            get(uploads::show),
        )
        .for_publishers(),
        Route::of::<Upload>(
            "/uploads/{run}",
            "addPiece",
            "Takes a piece of a run's record; it begins where the last one ended",
            post(uploads::add).layer(DefaultBodyLimit::max(LARGEST_PIECE)),
        )
        .with_body::<Piece>()
        .for_publishers(),
        Route::of::<TakenRun>(
            "/uploads/{run}/finish",
            "finishUpload",
            "Takes the whole run, where its digests are this registry's and the token covers its providers",
            post(uploads::finish),
        )
        .with_body::<Whole>()
        .for_publishers(),
    ]
}
