//! The contract of every store of runs.

mod claims;
mod runs;
mod tokens;
mod writers;

use std::sync::Arc;

use proofhouse::store::Store;

use super::uploads;

pub(super) use writers::is_copied_while_it_is_used;

/// Holds a store to it. `new` makes an empty store and gives what opens it, each time as another process would.
pub(super) fn contract(new: &dyn Fn() -> Box<dyn Fn() -> Arc<dyn Store>>) {
    runs::replays_what_was_appended(&*new()());
    runs::shows_a_killed_run_as_incomplete(&*new()());
    runs::refuses_what_does_not_follow(&*new()());
    runs::finds_runs(&*new()());
    runs::pages_through_runs(&*new()());
    claims::answers_with_recent_results(&*new()());
    claims::tells_the_claims_and_when_they_changed(&*new()());
    runs::settles_what_is_owed(&*new()());
    runs::removes_runs_whole(&*new()());
    runs::knows_where_a_run_came_from(&*new()());
    claims::gives_the_results_of_a_claim_as_runs_were_received(&*new()());
    claims::lists_providers_and_results_in_pages(&*new()());
    runs::outlives_its_process(&*new());
    writers::takes_two_writers(&*new());
    runs::may_be_asked_while_it_replays(&*new()());
    runs::ends_a_run_at_once(&*new()());
    runs::keeps_odd_texts(&*new()());
    writers::takes_writers_of_the_same_claims(&*new());
    writers::has_one_writer_a_run(&*new());
    tokens::keeps_tokens(&*new()());
    uploads::takes_pieces_in_order(&*new());
    uploads::bounds_what_a_token_sends(&*new()());
    uploads::takes_one_of_two_pieces_for_one_place(&*new());
}
