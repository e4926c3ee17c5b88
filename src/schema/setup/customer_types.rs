//! Types of customers in the API.

use super::plain::plain_catalog;
use crate::ids::Kind;
use crate::schema::guards::SignedIn;

plain_catalog! {
    /// What kind of customer a prospect is, or would be.
    CustomerType, "customer type", Kind::CustomerType, customer_type, CustomerTypeCreateInput, CustomerTypeUpdateInput, CustomerTypeQuery;
    /// All customer types in the order that administrators gave them, the retired ones last. At most 500.
    customer_types;
    mutations CustomerTypeMutation, customer_type;
    /// Adds a customer type at the end of the list. Administrators only.
    customer_type_create(CustomerTypeCreateInput) -> CustomerTypeCreatePayload;
    /// Edits a customer type, in use or retired. Administrators only.
    customer_type_update(CustomerTypeUpdateInput) -> CustomerTypeUpdatePayload;
    /// Stops offering a customer type; prospects that have it keep it. Administrators only.
    customer_type_retire -> CustomerTypeRetirePayload;
    /// Offers a retired customer type again, unless another one in use has its name by now. Administrators only.
    customer_type_restore -> CustomerTypeRestorePayload;
    /// Puts the customer types into another order. Administrators only.
    customer_type_reorder(CustomerTypeReorderInput) -> CustomerTypeReorderPayload;
}
