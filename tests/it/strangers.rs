//! Providers that somebody else wrote: a correct one is never accused, however odd it is, and a wrong one is told what is wrong.

mod correct;
mod wrong;
