//! Small pictures of large ones, for lists on phones: JPEG, PNG and WebP in, JPEG or PNG out.

use std::io::Cursor;
use std::time::Duration;

use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, ImageResult, Limits};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// A picture of at most [`EDGE`] pixels in either direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnail {
    pub bytes: Vec<u8>,
    pub media_type: &'static str,
}

/// Why there is no thumbnail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoThumbnail {
    /// No thumbnails are made of files of this type.
    #[error("the file is no picture of a known type")]
    Unsupported,
    #[error("the picture has too many pixels")]
    TooLarge,
    #[error("the picture is damaged")]
    Damaged,
    #[error("the picture took too long")]
    Slow,
}

/// Pixels in either direction.
pub const EDGE: u32 = 320;
/// Pixels of a picture; a good phone takes 50 million.
pub const MOST_PIXELS: u64 = 50_000_000;
/// Memory for one picture. Four bytes for each pixel, and what a decoder needs besides.
const MEMORY: u64 = 256 << 20;
/// Time for one picture. A thread that takes longer ends by itself, because the number of pixels is limited.
const TIME: Duration = Duration::from_secs(20);
const QUALITY: u8 = 80;

/// One picture at a time for the whole process, because of its memory.
static TURN: Semaphore = Semaphore::const_new(1);

/// The thumbnail of a picture, made on a thread of its own within a budget of time.
pub async fn thumbnail(picture: Vec<u8>) -> Result<Thumbnail, NoThumbnail> {
    let Ok(turn) = TURN.acquire().await else {
        return Err(NoThumbnail::Slow);
    };
    let work = spawn_blocking(move || {
        let _turn = turn;
        thumbnail_now(&picture)
    });
    match timeout(TIME, work).await {
        Ok(Ok(made)) => made,
        // A panic of a decoder.
        Ok(Err(_)) => Err(NoThumbnail::Damaged),
        Err(_) => Err(NoThumbnail::Slow),
    }
}

/// The same on this thread.
pub fn thumbnail_now(picture: &[u8]) -> Result<Thumbnail, NoThumbnail> {
    let reader = ImageReader::new(Cursor::new(picture)).with_guessed_format();
    let mut reader = reader.map_err(|_| NoThumbnail::Damaged)?;
    if !matches!(reader.format(), Some(ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) {
        return Err(NoThumbnail::Unsupported);
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(reason)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS || decoder.total_bytes() > MEMORY {
        return Err(NoThumbnail::TooLarge);
    }
    // A picture whose notes cannot be read is shown as it is stored.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(reason)?;
    let mut small = match width.max(height) > EDGE {
        true => picture.thumbnail(EDGE, EDGE),
        false => picture,
    };
    small.apply_orientation(orientation);
    encoded(&small).map_err(|_| NoThumbnail::Damaged)
}

fn encoded(picture: &DynamicImage) -> ImageResult<Thumbnail> {
    let mut bytes = Cursor::new(Vec::new());
    let media_type = if picture.color().has_alpha() {
        picture.to_rgba8().write_to(&mut bytes, ImageFormat::Png)?;
        "image/png"
    } else {
        let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
        picture.to_rgb8().write_with_encoder(encoder)?;
        "image/jpeg"
    };
    Ok(Thumbnail {
        bytes: bytes.into_inner(),
        media_type,
    })
}

fn reason(error: image::ImageError) -> NoThumbnail {
    match error {
        image::ImageError::Limits(_) => NoThumbnail::TooLarge,
        _ => NoThumbnail::Damaged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    /// A picture that is red on its left half and blue on the other.
    fn picture(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(
            width,
            height,
            |x, _| if x < width / 2 { Rgb([250, 0, 0]) } else { Rgb([0, 0, 250]) },
        )
    }

    fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn read(made: &Thumbnail) -> DynamicImage {
        image::load_from_memory(&made.bytes).unwrap()
    }

    #[test]
    fn pictures_of_all_types_become_small() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let made = thumbnail_now(&written(&picture(1_600, 400).into(), format)).unwrap();
            let small = read(&made);
            assert_eq!(
                (small.width(), small.height(), made.media_type),
                (320, 80, "image/jpeg"),
                "{format:?}"
            );
            let [left, right] = [10, 310].map(|x| small.to_rgb8().get_pixel(x, 40).0);
            assert!(left[0] > 200 && right[2] > 200, "{left:?} {right:?}");
        }
        // None becomes larger.
        let small = read(&thumbnail_now(&written(&picture(20, 30).into(), ImageFormat::Png)).unwrap());
        assert_eq!((small.width(), small.height()), (20, 30));
    }

    #[test]
    fn transparency_stays() {
        let clear = RgbaImage::from_pixel(640, 640, Rgba([0, 200, 0, 0]));
        let made = thumbnail_now(&written(&clear.into(), ImageFormat::Png)).unwrap();
        assert_eq!(made.media_type, "image/png");
        assert_eq!(read(&made).to_rgba8().get_pixel(5, 5).0[3], 0);
    }

    #[test]
    fn photos_stand_upright() {
        let plain = written(&picture(640, 320).into(), ImageFormat::Jpeg);
        // An EXIF segment with one note: orientation 6, "rotate by 90 degrees".
        let tiff = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        let exif = [&b"Exif\0\0"[..], tiff].concat();
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        let turned = [&plain[..2], &[0xff, 0xe1], &length, &exif, &plain[2..]].concat();
        let small = read(&thumbnail_now(&turned).unwrap());
        assert_eq!((small.width(), small.height()), (160, 320));
        let [top, bottom] = [10, 310].map(|y| small.to_rgb8().get_pixel(80, y).0);
        assert!(top[0] > 200 && bottom[2] > 200, "{top:?} {bottom:?}");
    }

    #[test]
    fn what_cannot_be_shown_says_why() {
        let png = written(&picture(64, 64).into(), ImageFormat::Png);
        assert_eq!(thumbnail_now(b"%PDF-1.7"), Err(NoThumbnail::Unsupported));
        assert_eq!(thumbnail_now(b""), Err(NoThumbnail::Unsupported));
        assert_eq!(thumbnail_now(b"GIF89a\x01\0\x01\0\0\0\0"), Err(NoThumbnail::Unsupported));
        assert_eq!(thumbnail_now(&png[..png.len() / 2]), Err(NoThumbnail::Damaged));
        // The head of a picture of 60,000 by 60,000 pixels, with its own check sum.
        let mut huge = png.clone();
        huge[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        let sum = crc32(&huge[12..29]).to_be_bytes();
        huge[29..33].copy_from_slice(&sum);
        assert_eq!(thumbnail_now(&huge), Err(NoThumbnail::TooLarge));
    }

    #[tokio::test]
    async fn thumbnails_are_made_on_another_thread() {
        let png = written(&picture(640, 64).into(), ImageFormat::Png);
        assert_eq!(thumbnail(png.clone()).await, thumbnail_now(&png));
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
            })
        })
    }
}
