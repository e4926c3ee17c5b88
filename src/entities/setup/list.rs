//! The list of catalogues, from which everything is derived that they have in common.

/// Calls a macro with the list, behind the tokens that are given to it in brackets. A line is a catalogue: its type in the API, which is also
/// the kind of its identifiers; the module of its entity; its list in the API and in memory, which is also its table; the prefix of its
/// identifiers; and `plain` where an entry has a name, a description and a position alone, `own` where rules of its own say more.
macro_rules! catalogs {
    ($each:ident $(, $($given:tt)*)?) => {
        $each! {
            [$($($given)*)?]
            Channel channel channels "chn" plain;
            Segment segment segments "seg" own;
            PotentialLevel potential_level potential_levels "lvl" own;
            Status status statuses "sta" own;
            Reason reason reasons "rsn" own;
            Source source sources "src" plain;
            TaskType task_type task_types "tty" plain;
            Tag tag tags "tag" own;
            Zone zone zones "zon" plain;
            Sector sector sectors "sec" own;
            Region region regions "reg" plain;
            AddressType address_type address_types "adt" plain;
            IdentifierType identifier_type identifier_types "idt" own;
            Industry industry industries "idy" plain;
            CustomerType customer_type customer_types "cty" plain;
            DocumentType document_type document_types "dty" plain;
        }
    };
}
pub(crate) use catalogs;
