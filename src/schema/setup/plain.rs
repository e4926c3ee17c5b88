//! Catalogues in the API whose entries have a name, a description and a position alone, each in a module of its own.

/// Declares such a catalogue.
macro_rules! plain_catalog {
    (
        $(#[doc = $doc:literal])+
        $node:ident $one:ident $many:ident $camel:literal, $a:literal, $plural:literal, retired: $retire_note:literal;
        $create:ident $update:ident $retire:ident $restore:ident $reorder:ident
    ) => {
        #[doc = concat!("The catalogue of ", $plural, ".")]
        pub mod $many {
            $crate::schema::setup::catalog::catalog! {
                $(#[doc = $doc])+
                $node $one $many $camel, $a;
                ordered: $plural, listed everywhere; unique: $plural;
                create $create "", update $update "", retire $retire $retire_note, restore $restore, reorder $reorder;
                new(input) {} from (), {};
                changes(input) {} {};
                fields {}
            }
        }
    };
}

plain_catalog! {
    /// A type of task (activity type), such as a call or a proposal.
    TaskType task_type task_types "taskType", "a type of task", "types of tasks", retired: "Tasks and statuses that have it keep it. ";
    task_type_create task_type_update task_type_retire task_type_restore task_type_reorder
}

plain_catalog! {
    /// A sales region (territory) of the company.
    Region region regions "region", "a region", "regions", retired: "Addresses that have it keep it. ";
    region_create region_update region_retire region_restore region_reorder
}

plain_catalog! {
    /// The purpose of an address, such as deliveries or invoices.
    AddressType address_type address_types "addressType", "a type of address", "types of addresses", retired: "Addresses that have it keep it. ";
    address_type_create address_type_update address_type_retire address_type_restore address_type_reorder
}

plain_catalog! {
    /// The industry that a prospect works in.
    Industry industry industries "industry", "an industry", "industries", retired: "Prospects that have it keep it. ";
    industry_create industry_update industry_retire industry_restore industry_reorder
}

plain_catalog! {
    /// The type of a customer, such as a retailer or a wholesaler.
    CustomerType customer_type customer_types "customerType", "a customer type", "customer types", retired: "Prospects that have it keep it. ";
    customer_type_create customer_type_update customer_type_retire customer_type_restore customer_type_reorder
}

plain_catalog! {
    /// The type of a document, such as a contract or a proposal.
    DocumentType document_type document_types "documentType", "a type of document", "types of documents", retired: "Documents that have it keep it. ";
    document_type_create document_type_update document_type_retire document_type_restore document_type_reorder
}
