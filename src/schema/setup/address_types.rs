//! Types of addresses in the API.

use super::plain::plain_catalog;
use crate::ids::Kind;
use crate::schema::guards::SignedIn;

plain_catalog! {
    /// What an address is used for, such as deliveries.
    AddressType, "address type", Kind::AddressType, address_type, AddressTypeCreateInput, AddressTypeUpdateInput, AddressTypeQuery;
    /// All address types in the order that administrators gave them, the retired ones last. At most 500.
    address_types;
    mutations AddressTypeMutation, address_type;
    /// Adds an address type at the end of the list. Administrators only.
    address_type_create(AddressTypeCreateInput) -> AddressTypeCreatePayload;
    /// Edits an address type, in use or retired. Administrators only.
    address_type_update(AddressTypeUpdateInput) -> AddressTypeUpdatePayload;
    /// Stops offering an address type; addresses that have it keep it. Administrators only.
    address_type_retire -> AddressTypeRetirePayload;
    /// Offers a retired address type again, unless another one in use has its name by now. Administrators only.
    address_type_restore -> AddressTypeRestorePayload;
    /// Puts the address types into another order. Administrators only.
    address_type_reorder(AddressTypeReorderInput) -> AddressTypeReorderPayload;
}
