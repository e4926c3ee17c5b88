//! Invented attribution of a touch: page, referrer, IP address, UTM parameters and advertisement click.

use crate::demo::dice::Dice;
use crate::demo::texts;
use crate::entities::records::touch::{self, AdDevice, AdNetwork};
use crate::setup::{Language, Words};
use crate::text::fold;

/// Fills in how the visitor came. Some touches were typed in and have none of it.
pub(super) fn attribute(dice: &mut Dice, language: Language, touch: &mut touch::Model) {
    let medium = dice.weighted(&[
        (4, None),
        (3, Some("cpc")),
        (2, Some("organic")),
        (1, Some("email")),
        (1, Some("referral")),
    ]);
    let page = texts::page(dice, language);
    let referrer = dice.word(&[
        "https://www.google.com/",
        "https://www.bing.com/",
        "https://www.instagram.com/",
        "https://www.facebook.com/",
    ]);
    let Some(medium) = *medium else { return };
    touch.medium = Some(medium.to_owned());
    touch.medium_norm = Some(fold(medium));
    touch.page_url = Some(format!("https://www.example.com{page}"));
    touch.referrer = dice.percent(70).then(|| referrer.to_owned());
    touch.page_section = dice
        .percent(60)
        .then(|| dice.word(&["hero", "contact-form", "pricing", "footer"]).to_owned());
    touch.ip_address = Some(ip_address(dice));
    match medium {
        "cpc" => advertisement(dice, language, touch),
        "email" => {
            let campaign = language.choose(*dice.pick(&CAMPAIGNS)).to_owned();
            utm(touch, "newsletter", "email", campaign);
        }
        _ => {}
    }
}

/// Of the networks that are reserved for documentation.
fn ip_address(dice: &mut Dice) -> String {
    if dice.percent(25) {
        return format!("2001:db8:{:x}::{:x}", dice.between(1, 0xFFFF), dice.between(1, 0xFFFF));
    }
    let network = dice.word(&["192.0.2", "198.51.100", "203.0.113"]);
    format!("{network}.{}", dice.between(1, 254))
}

/// A click on an advertisement, whose URL has the UTM parameters of the same campaign.
fn advertisement(dice: &mut Dice, language: Language, touch: &mut touch::Model) {
    let campaign = language.choose(*dice.pick(&CAMPAIGNS)).to_owned();
    let network = *dice.weighted(&[(6, AdNetwork::Search), (3, AdNetwork::Display), (1, AdNetwork::Other)]);
    let device = *dice.weighted(&[(6, AdDevice::Mobile), (3, AdDevice::Computer), (1, AdDevice::Tablet)]);
    touch.ad_campaign = Some(campaign.clone());
    touch.ad_campaign_norm = Some(fold(&campaign));
    touch.ad_group = Some(language.choose(*dice.pick(&AD_GROUPS)).to_owned());
    touch.ad_network = Some(network);
    touch.ad_device = Some(device);
    touch.ad_external_id = Some(dice.digits(12));
    touch.ad_click_id = dice.percent(90).then(|| format!("demo-{:016x}{:016x}", dice.roll(), dice.roll()));
    // Only a search has words.
    if network == AdNetwork::Search {
        let keyword = language.choose(*dice.pick(&KEYWORDS)).to_owned();
        touch.utm_term = Some(keyword.clone());
        touch.ad_keyword = Some(keyword);
    }
    touch.utm_content = dice.percent(50).then(|| dice.word(&["ad-a", "ad-b", "video-15s"]).to_owned());
    let source = match network {
        AdNetwork::Search | AdNetwork::Display => "google",
        AdNetwork::Other => "facebook",
    };
    utm(touch, source, "cpc", campaign);
}

fn utm(touch: &mut touch::Model, source: &str, medium: &str, campaign: String) {
    touch.utm_source = Some(source.to_owned());
    touch.utm_source_norm = Some(fold(source));
    touch.utm_medium = Some(medium.to_owned());
    touch.utm_medium_norm = Some(fold(medium));
    touch.utm_campaign_norm = Some(fold(&campaign));
    touch.utm_campaign = Some(campaign);
}

const CAMPAIGNS: [Words; 6] = [
    ["brand", "marca"],
    ["spring-sale", "rebajas-primavera"],
    ["trade-fair", "feria-comercial"],
    ["remarketing", "remarketing"],
    ["free-demo", "demo-gratis"],
    ["end-of-year", "cierre-de-año"],
];

const AD_GROUPS: [Words; 4] = [
    ["Companies", "Empresas"],
    ["Households", "Hogares"],
    ["Returning visitors", "Visitantes recurrentes"],
    ["Competitors", "Competencia"],
];

const KEYWORDS: [Words; 6] = [
    ["supplier near me", "proveedor cerca de mí"],
    ["wholesale prices", "precios al mayor"],
    ["technical service", "servicio técnico"],
    ["request a quote", "solicitar presupuesto"],
    ["industrial equipment", "equipos industriales"],
    ["home delivery", "entrega a domicilio"],
];
