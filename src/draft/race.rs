//! Calls at one time: what a server acknowledges, it keeps.

use super::inputs::{OWN_TEXT, of_caller};
use super::steps::head;
use super::text::{add, input, quoted};
use super::tool::Drafted;

/// The rule of a contract that the test verifies, and its words.
pub(super) const RULE: &str = "keeps-what-it-acknowledges";
pub(super) const WORDS: &str = "What is acknowledged is kept, also where several calls come at one time.";

/// The number of calls at one time.
const CALLERS: usize = 8;

/// The most readers that are asked.
const MOST_READERS: usize = 3;

/// The text of one of the callers, as an expression.
const OWN: &str = "'ph-' + run.short + '-' + test.key";

/// Writes that come at one time are all kept. Readers must have shown as many writes that came one after the other, before and after: else
/// a reader that shows the last few, or a tool that keeps one thing, would look like a loss.
pub(super) fn keeps_all(tool: &Drafted<'_>, all: &[Drafted<'_>]) -> Option<String> {
    if tool.is_read() || !tool.has_own_text() {
        return None;
    }
    let (sample, schema) = (tool.sample.as_ref()?, tool.input.as_ref().ok()?);
    let sent = |suffix: &str| of_caller(sample, schema, suffix).map(|value| input(&value));
    let readers: Vec<_> = tool.witnesses(all).into_iter().take(MOST_READERS).collect();
    if readers.is_empty() {
        return None;
    }
    let (name, wire) = (&tool.id, &tool.tool.name);
    let title = "Writes that are acknowledged at one time are all kept";
    let head = head(
        tool,
        "keeps_parallel_writes",
        title,
        "must",
        RULE,
        "exclusive: true\n",
    );
    let numbers: Vec<_> = (0..CALLERS).map(|number| number.to_string()).collect();
    let numbers = format!("[{}]", numbers.join(", "));
    let in_turn = |id: &str, sent: &str| {
        format!(
            "  - id: {id}\n    for_each:\n      in: \"{numbers}\"\n      as: n\n      call: {name}\n      input: {sent}\n      \
             expect: {{ either: true }}\n"
        )
    };
    let mut steps = in_turn("in_turn", &sent("-a${ n }")?);
    add(
        &mut steps,
        &format!(
            "  - need:\n      check: \"in_turn.all(one, !one.is_error)\"\n      otherwise: skip\n      \
             reason: {}\n",
            quoted(&format!(
                "{wire} refused inputs that were made up from its schema, one after the other"
            ))
        ),
    );
    add(&mut steps, &read(&readers, "before"));
    add(&mut steps, &shows_all(&readers, &numbers, "before", "a", wire));
    let racing = sent("-b${ caller }")?;
    add(
        &mut steps,
        &format!(
            "  - id: raced\n    race:\n      each:\n        callers: {CALLERS}\n        call: {name}\n        \
             sending: a new thing, with {} others at the same time\n        input: {racing}\n        \
             expect: {{ either: true }}\n",
            CALLERS.saturating_sub(1)
        ),
    );
    add(&mut steps, &in_turn("later", &sent("-c${ n }")?));
    add(&mut steps, &read(&readers, "after"));
    add(&mut steps, &shows_all(&readers, &numbers, "after", "c", wire));
    let text = text_of(&readers, "after");
    let kept = format!("{text}.contains({OWN} + '-b' + string(n))");
    let acknowledged = format!("{numbers}.filter(n, raced.exists(r, r.caller == n && !r.is_error))");
    let shown: Vec<_> = readers.iter().map(|reader| reader.tool.name.as_str()).collect();
    add(
        &mut steps,
        &format!(
            "  - let: {{ acknowledged: \"${{ {acknowledged} }}\" }}\n  \
             - let: {{ lost_by_{name}: \"${{ acknowledged.filter(n, !{kept}) }}\" }}\n  \
             - that:\n      - check: size(lost_by_{name}) == 0\n        otherwise: {}\n",
            quoted(&format!(
                "{wire} acknowledged ${{ size(acknowledged) }} of {CALLERS} writes that came at one time, and ${{ size(lost_by_{name}) }} of them are \
                 lost: {} shows all of {CALLERS} that came one after the other, before and after",
                shown.join(", ")
            ))
        ),
    );
    debug_assert!(
        sample.to_string().contains(OWN_TEXT),
        "the text is looked for by its beginning"
    );
    Some(format!("{head}steps:\n{steps}"))
}

/// Asks every reader.
fn read(readers: &[&Drafted<'_>], when: &str) -> String {
    let calls = readers.iter().enumerate().map(|(number, reader)| {
        format!(
            "  - id: {when}_{number}\n    call: {}\n    sending: nothing\n    input: {{}}\n    expect: {{ either: true }}\n",
            reader.id
        )
    });
    calls.collect()
}

/// What the readers have shown, as an expression.
fn text_of(readers: &[&Drafted<'_>], when: &str) -> String {
    let texts: Vec<_> = (0..readers.len())
        .map(|number| format!("{when}_{number}.text"))
        .collect();
    format!("({})", texts.join(" + ' ' + "))
}

/// Goes on only where what came one after the other is shown.
fn shows_all(readers: &[&Drafted<'_>], numbers: &str, when: &str, letter: &str, wire: &str) -> String {
    let text = text_of(readers, when);
    format!(
        "  - need:\n      check: \"{numbers}.all(n, {text}.contains({OWN} + '-{letter}' + string(n)))\"\n      otherwise: skip\n      \
         reason: {}\n",
        quoted(&format!(
            "no reader that takes nothing shows what {wire} keeps, so it cannot be seen if writes that come at one time are lost"
        ))
    )
}
