//! The currencies of ISO 4217 by their codes, with the number of their decimal places. It refuses to guess: a code that is not here has
//! none.

/// The codes by the number of places, from none on; those that were replaced a short time ago among them, as old amounts are still about.
const BY_PLACES: [&str; 5] = [
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    "",
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC \
     CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IRR JMD KES KGS KHR \
     KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP \
     PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN \
     UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG ZWL",
    "BHD IQD JOD KWD LYD OMR TND",
    "CLF UYW",
];

/// The number of decimal places of a currency; None for what is no code of one.
pub(crate) fn places(code: &str) -> Option<usize> {
    BY_PLACES
        .iter()
        .position(|codes| codes.split_ascii_whitespace().any(|known| known == code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_has_its_places_and_what_is_none_has_no_number() {
        for (code, expected) in [
            ("JPY", Some(0)),
            ("EUR", Some(2)),
            ("KWD", Some(3)),
            ("CLF", Some(4)),
            ("UYW", Some(4)),
            ("ZWL", Some(2)),
            ("ABC", None),
            ("eur", None),
            ("EUR USD", None),
            ("", None),
        ] {
            assert_eq!(places(code), expected, "{code:?}");
        }
    }

    #[test]
    fn each_code_stands_once() {
        let mut codes: Vec<_> = BY_PLACES
            .iter()
            .flat_map(|codes| codes.split_whitespace())
            .collect();
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count);
        assert!(codes.iter().all(|code| code.len() == 3));
    }
}
