//! Dashboards: how many tiles they have, and where these lie on the grid.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{Problem, ProblemCode};
use crate::rules::limits::optional_line;

/// Columns of the grid.
pub const COLUMNS: i32 = 12;
/// Rows of the grid.
pub const ROWS: i32 = 1_000;
/// Rows that a tile covers.
pub const TILE_ROWS: i32 = 100;
/// Tiles of a dashboard.
pub const MOST_TILES: usize = 24;
/// Characters in the title of a tile.
pub const TITLE_LENGTH: usize = 100;
/// Dashboards of one user.
pub const MOST_DASHBOARDS: u64 = 100;

/// A tile: a saved report, and the place where it is shown. Columns and rows are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tile {
    pub report_id: Uuid,
    /// None: the name of the report.
    pub title: Option<String>,
    pub column: i32,
    pub row: i32,
    pub width: i32,
    pub height: i32,
}

impl Tile {
    fn overlaps(&self, other: &Tile) -> bool {
        let apart = |from: i32, size: i32, other: i32, other_size: i32| from >= other + other_size || other >= from + size;
        !apart(self.column, self.width, other.column, other.width) && !apart(self.row, self.height, other.row, other.height)
    }
}

/// The tiles as they are stored, with all problems of all of them.
pub fn tiles(given: &[Tile], problems: &mut Vec<Problem>) -> Vec<Tile> {
    if given.len() > MOST_TILES {
        let message = format!("a dashboard has at most {MOST_TILES} tiles");
        problems.push(Problem::new(ProblemCode::TooLong, &["input", "tiles"], message));
        return Vec::new();
    }
    let mut checked: Vec<Tile> = Vec::with_capacity(given.len());
    for (place, tile) in given.iter().enumerate() {
        let place = place.to_string();
        let before = problems.len();
        let mut within = |name: &str, value: i32, most: i32| {
            if !(1..=most).contains(&value) {
                let message = format!("must be from 1 to {most}");
                problems.push(Problem::new(ProblemCode::Invalid, &["input", "tiles", &place, name], message));
            }
        };
        within("column", tile.column, COLUMNS);
        within("row", tile.row, ROWS);
        within("width", tile.width, COLUMNS);
        within("height", tile.height, TILE_ROWS);
        let is_placed = problems.len() == before;
        if is_placed && tile.column + tile.width - 1 > COLUMNS {
            let message = format!("the tile ends beyond column {COLUMNS}");
            problems.push(Problem::new(ProblemCode::Invalid, &["input", "tiles", &place, "width"], message));
        }
        if is_placed && let Some(other) = checked.iter().position(|other| tile.overlaps(other)) {
            let message = format!("the tile overlaps tile {other}");
            problems.push(Problem::new(ProblemCode::Invalid, &["input", "tiles", &place], message));
        }
        let title = optional_line(tile.title.as_deref(), TITLE_LENGTH, &["input", "tiles", &place, "title"], problems);
        // One that lies nowhere overlaps nothing.
        let (width, height) = if is_placed { (tile.width, tile.height) } else { (0, 0) };
        checked.push(Tile {
            title,
            width,
            height,
            ..tile.clone()
        });
    }
    checked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(column: i32, row: i32, width: i32, height: i32) -> Tile {
        Tile {
            report_id: Uuid::nil(),
            title: None,
            column,
            row,
            width,
            height,
        }
    }

    /// The paths of the problems of the tiles.
    fn paths(given: &[Tile]) -> Vec<String> {
        let mut problems = Vec::new();
        tiles(given, &mut problems);
        problems.iter().map(|problem| problem.path[1..].join(".")).collect()
    }

    #[test]
    fn tiles_lie_beside_each_other_on_the_grid() {
        assert_eq!(paths(&[tile(1, 1, 6, 2), tile(7, 1, 6, 2), tile(1, 3, 12, 1)]), [""; 0]);
        assert_eq!(paths(&[tile(1, 1, 6, 2), tile(6, 2, 1, 1)]), ["tiles.1"]);
        assert_eq!(paths(&[tile(8, 1, 6, 2)]), ["tiles.0.width"]);
        assert_eq!(
            paths(&[tile(0, 1001, 13, 101), tile(1, 1, 1, 1)]),
            ["tiles.0.column", "tiles.0.row", "tiles.0.width", "tiles.0.height"]
        );
        assert_eq!(paths(&[tile(i32::MAX, i32::MIN, i32::MAX, i32::MIN)]).len(), 4);
        let row = |place: usize| tile(1, i32::try_from(place).unwrap() + 1, 12, 1);
        assert_eq!(paths(&(0..MOST_TILES).map(row).collect::<Vec<_>>()), [""; 0]);
        assert_eq!(paths(&(0..=MOST_TILES).map(row).collect::<Vec<_>>()), ["tiles"]);
    }
}
