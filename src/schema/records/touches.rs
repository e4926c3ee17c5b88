//! Touches of a prospect, its attribution: the type, the inputs, the filter, and their conversions.

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, SimpleObject};

use crate::entities::records::touch;
use crate::error::Result;
use crate::ids::Kind;
use crate::resolvers::filter::{Filter, Quantifier, Rows, RowsTest};
use crate::resolvers::records::prospects::save::draft::{AdClickDraft, TouchDraft, UtmDraft};
use crate::resolvers::records::{filterable, parts};
use crate::rules::patch::Patch;
use crate::schema::cx;
use crate::schema::filters::{DateTimeFilter, ExactStringFilter, IdFilter, StringFilter, Tests, enum_filter};
use crate::schema::patch::id_patch;
use crate::schema::scalars::DateTime;
use crate::schema::setup::sources::Source;
use crate::schema::text::Text;

/// Origin of a prospect.
pub struct Touch(pub parts::Touch);

/// UTM parameters: the values by which the URL of a landing page names the campaign that led to it. At least one of them is set.
#[derive(SimpleObject)]
pub struct Utm {
    /// Referring site or platform (`utm_source`), such as `google`. Null if not set.
    source: Option<Text<'static>>,
    /// Marketing medium (`utm_medium`), such as `cpc` or `email`. Null if not set.
    medium: Option<Text<'static>>,
    /// Campaign (`utm_campaign`). Null if not set.
    campaign: Option<Text<'static>>,
    /// Search term (`utm_term`). Null if not set.
    term: Option<Text<'static>>,
    /// Variant of the link or advertisement (`utm_content`). Null if not set.
    content: Option<Text<'static>>,
}

/// The click on an advertisement that led to a touch. At least one of its values is set.
#[derive(SimpleObject)]
pub struct AdClick {
    /// Advertising campaign. Null if not set.
    campaign: Option<Text<'static>>,
    /// Ad group (ad set) of the campaign. Null if not set.
    ad_group: Option<Text<'static>>,
    /// Keyword that the advertisement matched. Null if not set.
    keyword: Option<Text<'static>>,
    /// Network of the advertisement. Null if not set.
    network: Option<AdNetwork>,
    /// Kind of device on which the advertisement was clicked. Null if not set.
    device: Option<AdDevice>,
    /// External ID of the advertisement on its platform. Null if not set.
    ad_id: Option<Text<'static>>,
    /// External ID of the click, given by the platform, such as a `gclid`. Null if not set.
    click_id: Option<Text<'static>>,
}

/// Networks of advertisements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "touch::AdNetwork")]
pub enum AdNetwork {
    /// Results of a search engine.
    Search,
    /// Pages and applications of publishers.
    Display,
    /// Any other network.
    Other,
}

/// Kinds of devices on which advertisements are clicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "touch::AdDevice")]
pub enum AdDevice {
    /// Desktop or laptop computer.
    Computer,
    /// Portable computer with a touch screen, larger than a phone.
    Tablet,
    /// Mobile phone.
    Mobile,
}

/// Origin of a prospect.
#[derive(InputObject)]
pub struct TouchInput {
    /// Time of the touch; not in the future. Default: now, or unchanged.
    pub at: Option<DateTime>,
    /// ID of the source. Default: the default source, or unchanged.
    pub source_id: MaybeUndefined<ID>,
    /// Medium, such as `cpc` or `organic`. At most 200 characters. Null clears it.
    pub medium: MaybeUndefined<String>,
    /// URL of the page with the form. At most 2,000 characters. `INVALID` unless it has the scheme `http` or `https` and no user or
    /// password. Null clears it.
    pub page_url: MaybeUndefined<String>,
    /// Section of the page with the form. At most 200 characters. Null clears it.
    pub page_section: MaybeUndefined<String>,
    /// URL of the referring page. At most 2,000 characters. `INVALID` unless it has the scheme `http` or `https` and no user or password.
    /// Null clears it.
    pub referrer: MaybeUndefined<String>,
    /// IPv4 or IPv6 address of the visitor, without port or zone; stored in canonical form. `INVALID` if it is none. Null clears it.
    pub ip_address: MaybeUndefined<String>,
    /// UTM parameters. Null clears all of them.
    pub utm: MaybeUndefined<UtmInput>,
    /// Click on an advertisement. Null clears all of its values.
    pub ad: MaybeUndefined<AdClickInput>,
}

/// UTM parameters of a touch. Those left out stay unchanged.
#[derive(InputObject)]
pub struct UtmInput {
    /// Referring site or platform (`utm_source`), such as `google`. At most 200 characters. Null clears it.
    pub source: MaybeUndefined<String>,
    /// Marketing medium (`utm_medium`), such as `cpc` or `email`. At most 200 characters. Null clears it.
    pub medium: MaybeUndefined<String>,
    /// Campaign (`utm_campaign`). At most 200 characters. Null clears it.
    pub campaign: MaybeUndefined<String>,
    /// Search term (`utm_term`). At most 200 characters. Null clears it.
    pub term: MaybeUndefined<String>,
    /// Variant of the link or advertisement (`utm_content`). At most 200 characters. Null clears it.
    pub content: MaybeUndefined<String>,
}

/// The click on an advertisement that led to a touch. Values left out stay unchanged.
#[derive(InputObject)]
pub struct AdClickInput {
    /// Advertising campaign. At most 200 characters. Null clears it.
    pub campaign: MaybeUndefined<String>,
    /// Ad group (ad set) of the campaign. At most 200 characters. Null clears it.
    pub ad_group: MaybeUndefined<String>,
    /// Keyword that the advertisement matched. At most 200 characters. Null clears it.
    pub keyword: MaybeUndefined<String>,
    /// Network of the advertisement. Null clears it.
    pub network: MaybeUndefined<AdNetwork>,
    /// Kind of device on which the advertisement was clicked. Null clears it.
    pub device: MaybeUndefined<AdDevice>,
    /// External ID of the advertisement on its platform. At most 200 characters. Null clears it.
    pub ad_id: MaybeUndefined<String>,
    /// External ID of the click, given by the platform, such as a `gclid`. At most 500 characters. Null clears it.
    pub click_id: MaybeUndefined<String>,
}

enum_filter! {
    /// Condition on the network of an advertisement. All conditions given must hold.
    AdNetworkFilter over AdNetwork, absent: "True matches touches without a network, false those with one."
}

enum_filter! {
    /// Condition on the kind of device on which an advertisement was clicked. All conditions given must hold.
    AdDeviceFilter over AdDevice, absent: "True matches touches without a device, false those with one."
}

/// Conditions on a touch. All conditions given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct TouchFilter {
    /// Source of the touch.
    pub source: Option<IdFilter>,
    /// Time of the touch.
    pub at: Option<DateTimeFilter>,
    /// Medium, such as `cpc` or `organic`.
    pub medium: Option<ExactStringFilter>,
    /// IP address of the visitor. `eq` and `in` accept any notation of an address; `contains` and `startsWith` match its canonical form.
    pub ip_address: Option<StringFilter>,
    /// UTM parameter `utm_source`.
    pub utm_source: Option<StringFilter>,
    /// UTM parameter `utm_medium`.
    pub utm_medium: Option<StringFilter>,
    /// UTM parameter `utm_campaign`.
    pub utm_campaign: Option<StringFilter>,
    /// Advertising campaign.
    pub ad_campaign: Option<StringFilter>,
    /// Network of the advertisement.
    pub ad_network: Option<AdNetworkFilter>,
    /// Kind of device on which the advertisement was clicked.
    pub ad_device: Option<AdDeviceFilter>,
}

/// A touch: one origin of a prospect, with its time (attribution).
#[Object]
impl Touch {
    /// Time of the touch.
    async fn at(&self) -> DateTime {
        DateTime(self.0.at)
    }

    /// Source, such as an advertisement or a referral. Null only until a source just created on another server is known to this one.
    async fn source(&self, ctx: &Context<'_>) -> Option<Source> {
        cx(ctx).catalogs().sources.get(self.0.source_id).cloned().map(Source::from)
    }

    /// Medium, such as `cpc` or `organic`. Null if not set.
    async fn medium(&self) -> Option<Text<'_>> {
        self.0.medium.as_deref().map(Text::from)
    }

    /// URL of the page with the form. Null if not set.
    async fn page_url(&self) -> Option<Text<'_>> {
        self.0.page_url.as_deref().map(Text::from)
    }

    /// Section of the page with the form. Null if not set.
    async fn page_section(&self) -> Option<Text<'_>> {
        self.0.page_section.as_deref().map(Text::from)
    }

    /// URL of the referring page. Null if not set.
    async fn referrer(&self) -> Option<Text<'_>> {
        self.0.referrer.as_deref().map(Text::from)
    }

    /// IPv4 or IPv6 address of the visitor, in canonical form. Null if not set.
    async fn ip_address(&self) -> Option<Text<'_>> {
        self.0.ip_address.as_deref().map(Text::from)
    }

    /// UTM parameters. Null if none is set.
    async fn utm(&self) -> Option<Utm> {
        Utm::of(&self.0)
    }

    /// Click on an advertisement. Null if none of its values is set.
    async fn ad(&self) -> Option<AdClick> {
        AdClick::of(&self.0)
    }
}

impl Utm {
    fn of(touch: &parts::Touch) -> Option<Utm> {
        let utm = Utm {
            source: text(&touch.utm_source),
            medium: text(&touch.utm_medium),
            campaign: text(&touch.utm_campaign),
            term: text(&touch.utm_term),
            content: text(&touch.utm_content),
        };
        let texts = [&utm.source, &utm.medium, &utm.campaign, &utm.term, &utm.content];
        let is_set = texts.iter().any(|text| text.is_some());
        is_set.then_some(utm)
    }
}

impl AdClick {
    fn of(touch: &parts::Touch) -> Option<AdClick> {
        let ad = AdClick {
            campaign: text(&touch.ad_campaign),
            ad_group: text(&touch.ad_group),
            keyword: text(&touch.ad_keyword),
            network: touch.ad_network.map(AdNetwork::from),
            device: touch.ad_device.map(AdDevice::from),
            ad_id: text(&touch.ad_external_id),
            click_id: text(&touch.ad_click_id),
        };
        let texts = [&ad.campaign, &ad.ad_group, &ad.keyword, &ad.ad_id, &ad.click_id];
        let is_set = texts.iter().any(|text| text.is_some()) || ad.network.is_some() || ad.device.is_some();
        is_set.then_some(ad)
    }
}

fn text(value: &Option<String>) -> Option<Text<'static>> {
    value.clone().map(Text::from)
}

impl From<TouchInput> for TouchDraft {
    fn from(input: TouchInput) -> Self {
        TouchDraft {
            at: input.at.map(|at| at.0),
            source: id_patch(Kind::Source, input.source_id),
            medium: Patch::from(input.medium),
            page_url: Patch::from(input.page_url),
            page_section: Patch::from(input.page_section),
            referrer: Patch::from(input.referrer),
            ip_address: Patch::from(input.ip_address),
            utm: match input.utm {
                MaybeUndefined::Undefined => UtmDraft::default(),
                MaybeUndefined::Null => UtmDraft::cleared(),
                MaybeUndefined::Value(utm) => UtmDraft::from(utm),
            },
            ad: match input.ad {
                MaybeUndefined::Undefined => AdClickDraft::default(),
                MaybeUndefined::Null => AdClickDraft::cleared(),
                MaybeUndefined::Value(ad) => AdClickDraft::from(ad),
            },
        }
    }
}

impl From<UtmInput> for UtmDraft {
    fn from(input: UtmInput) -> Self {
        UtmDraft {
            source: Patch::from(input.source),
            medium: Patch::from(input.medium),
            campaign: Patch::from(input.campaign),
            term: Patch::from(input.term),
            content: Patch::from(input.content),
        }
    }
}

impl From<AdClickInput> for AdClickDraft {
    fn from(input: AdClickInput) -> Self {
        AdClickDraft {
            campaign: Patch::from(input.campaign),
            ad_group: Patch::from(input.ad_group),
            keyword: Patch::from(input.keyword),
            network: Patch::from(input.network).map(touch::AdNetwork::from),
            device: Patch::from(input.device).map(touch::AdDevice::from),
            ad_id: Patch::from(input.ad_id),
            click_id: Patch::from(input.click_id),
        }
    }
}

impl TouchFilter {
    /// Every prospect has both touches, so no quantifier is needed.
    pub fn add_to(self, rows: &'static Rows, all: &mut Tests<'_>) -> Result<()> {
        let mut tests = Tests::new(all.context);
        tests.id(&filterable::TOUCH_SOURCE, self.source);
        tests.time(&filterable::TOUCH_AT, self.at)?;
        tests.text(&filterable::MEDIUM, self.medium.map(StringFilter::from))?;
        tests.text(&filterable::IP_ADDRESS, self.ip_address)?;
        tests.text(&filterable::UTM_SOURCE, self.utm_source)?;
        tests.text(&filterable::UTM_MEDIUM, self.utm_medium)?;
        tests.text(&filterable::UTM_CAMPAIGN, self.utm_campaign)?;
        tests.text(&filterable::AD_CAMPAIGN, self.ad_campaign)?;
        tests.value(
            &filterable::AD_NETWORK,
            self.ad_network.map(|test| test.into_test::<touch::AdNetwork>().stored()),
        );
        tests.value(
            &filterable::AD_DEVICE,
            self.ad_device.map(|test| test.into_test::<touch::AdDevice>().stored()),
        );
        all.all.push(RowsTest::new(rows, Quantifier::Some, Filter::All(tests.all)).into());
        Ok(())
    }
}
