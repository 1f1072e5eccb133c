//! The list of routes. Both the router and the OpenAPI document are made of it.

use axum::extract::DefaultBodyLimit;
use axum::routing::{MethodRouter, get, post};
use schemars::generate::SchemaGenerator;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

use super::query::ProviderQuery;
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
            "All capabilities, sorted by name",
            get(capabilities::list),
        ),
        Route::of::<CapabilityView>(
            "/capabilities/{capability}",
            "readCapability",
            "A contract: `domain.tool@version`, or the first version of `domain.tool`",
            get(capabilities::show),
        ),
        Route::of::<DiffView>(
            "/capabilities/{capability}/diff",
            "compareVersions",
            "The changes of a later version of a contract, for callers and for providers",
            get(capabilities::diff),
        )
        .with_query::<capabilities::DiffQuery>(),
        Route::of::<Vec<Ranked>>(
            "/capabilities/{capability}/providers",
            "rankProviders",
            "The providers of a contract, sorted by standing, then by success rate, then by latency",
            get(capabilities::ranking),
        )
        .with_query::<capabilities::RankQuery>(),
        Route::of::<Page<ResultView>>(
            "/capabilities/{capability}/results",
            "listResults",
            "The results of the tests of a contract, newest first",
            get(capabilities::results),
        )
        .with_query::<capabilities::ResultQuery>(),
        Route::of::<Vec<MatrixRow>>(
            "/capabilities/{capability}/matrix",
            "readMatrix",
            "The latest result of every provider in every test",
            get(capabilities::matrix),
        )
        .with_query::<ProviderQuery>(),
        Route::of::<Vec<ProviderEntry>>(
            "/providers",
            "listProviders",
            "All proven providers, sorted by name",
            get(providers::list),
        )
        .with_query::<ProviderQuery>(),
        Route::of::<ProviderView>(
            "/providers/{provider}",
            "readProvider",
            "A provider: its standing by capability, changes of standing, and latency",
            get(providers::show),
        ),
        Route::of::<Page<RunEntry>>("/runs", "listRuns", "The runs, newest first", get(runs::list))
            .with_query::<runs::RunQuery>(),
        Route::of::<Value>("/runs/{run}", "readRun", "The report of a run", get(runs::show))
            .with_answer(report::json_schema_in),
        Route::of::<Vec<CertificateEntry>>(
            "/certificates",
            "listCertificates",
            "The certificates of the registry, each verified now",
            get(certificates::list),
        ),
        Route::of::<CertificateView>(
            "/certificates/{certificate}",
            "readCertificate",
            "A certificate: its file, and the result of its verification now",
            get(certificates::show),
        ),
        Route::of::<Value>(
            "/kill-matrix",
            "readKillMatrix",
            "The kill matrix of the bundled suites: which test fails because of which fault, and which rules are proven",
            get(kill_matrix::show),
        )
        .with_answer(report::matrix_schema_in),
        Route::of::<GateView>(
            "/gate",
            "askGate",
            "Whether a pipeline may use a provider: yes, no or unknown, with reasons",
            get(gate::ask),
        )
        .with_query::<gate::GateQuery>(),
        Route::of::<Upload>(
            "/uploads/{run}",
            "readUpload",
            "The state of an upload",
            get(uploads::show),
        )
        .for_publishers(),
        Route::of::<Upload>(
            "/uploads/{run}",
            "addPiece",
            "Appends a piece to the record of a run; it must begin at the end of the last one",
            post(uploads::add).layer(DefaultBodyLimit::max(LARGEST_PIECE)),
        )
        .with_body::<Piece>()
        .for_publishers(),
        Route::of::<TakenRun>(
            "/uploads/{run}/finish",
            "finishUpload",
            "Accepts the complete run, if its digests are those of this registry and the token covers its providers",
            post(uploads::finish),
        )
        .with_body::<Whole>()
        .for_publishers(),
    ]
}
