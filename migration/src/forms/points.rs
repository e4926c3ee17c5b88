//! E-mails and phones, parsed again from the entered values.

use normalization::contact_point::Forms;
use normalization::{email, phone};
use sea_orm_migration::sea_orm::{DatabaseTransaction, DbErr};
use uuid::Uuid;

use super::slices::{self, Changes};

pub async fn slice(tx: &DatabaseTransaction, after: Option<Uuid>) -> Result<(usize, Option<Uuid>), DbErr> {
    let columns = ["kind", "value", "value_norm", "match_key", "value_folded"];
    let rows = slices::read(tx, "contact_points", &columns, after).await?;
    let mut changes = Changes::of("contact_points", &["value_norm", "match_key", "value_folded"]);
    for row in &rows {
        let text = |place| row.try_get_by_index::<Option<String>>(place);
        let (kind, value, kept): (String, String, String) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?, row.try_get_by_index(3)?);
        let forms = if kind == "EMAIL" {
            Forms::of_email(email::canonical(&value))
        } else {
            phone_forms(&value, &kept)
        };
        let forms = vec![Some(forms.canonical), forms.match_key, forms.folded];
        changes.add(row.try_get_by_index(0)?, &[Some(kept), text(4)?, text(5)?], forms);
    }
    changes.write(tx).await?;
    Ok((rows.len(), slices::last(&rows)?))
}

/// No phone is read as one of it unless it says its country calling code.
const NO_COUNTRY: &str = "ZZ";

/// A number without a country calling code is one of the country as which it was kept, whatever the setting is by now. What is no number any more
/// stays as it was kept.
fn phone_forms(typed: &str, kept: &str) -> Forms {
    let kept_phone = phone::parse(kept, NO_COUNTRY);
    let country = phone::country_of(kept);
    match phone::parse(typed, country.as_deref().unwrap_or(NO_COUNTRY)).or(kept_phone) {
        Some(phone) => Forms::of_phone(&phone),
        None => Forms {
            canonical: kept.to_owned(),
            match_key: None,
            folded: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_read_in_the_country_in_which_it_was_kept() {
        for (typed, kept, canonical) in [
            ("+39 06 6982 7431", "+39669827431", "+390669827431"),
            ("0414 555 0100", "+584145550100", "+584145550100"),
            ("0212 5550142 ext. 101", "+582125550142", "+582125550142;ext=101"),
            ("(555) 555-0100 ext. 5", "+15555550100", "+15555550100;ext=5"),
            ("call me", "+582125550142", "+582125550142"),
            ("call me", "?", "?"),
        ] {
            assert_eq!(phone_forms(typed, kept).canonical, canonical, "{typed}");
        }
    }
}
