//! The table of units. A factor is a fraction of the base unit, because some (km/h) have no finite decimal.

use rust_decimal::Decimal;
use std::fmt;

pub(super) const QUANTITIES: &str =
    "length, mass, temperature, volume, area, speed, time, data, energy and pressure";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantity {
    Length,
    Mass,
    Temperature,
    Volume,
    Area,
    Speed,
    Time,
    Data,
    Energy,
    Pressure,
}

use Quantity::*;

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format!("{self:?}").to_lowercase())
    }
}

/// One unit. `factor` is "numerator" or "numerator/denominator" of the base unit; `offset` is added before it.
#[derive(Debug)]
pub(super) struct Unit {
    pub quantity: Quantity,
    pub name: &'static str,
    pub symbol: &'static str,
    factor: &'static str,
    offset: &'static str,
    /// Further spellings in lower case, singular.
    also: &'static [&'static str],
}

/// The numbers of a unit.
pub(super) struct Scale {
    pub numerator: Decimal,
    pub denominator: Decimal,
    pub offset: Decimal,
}

impl Unit {
    pub fn scale(&self) -> Scale {
        let (numerator, denominator) = self.factor.split_once('/').unwrap_or((self.factor, "1"));
        Scale { numerator: number(numerator), denominator: number(denominator), offset: number(self.offset) }
    }

    pub fn below_absolute_zero(&self, value: Decimal) -> bool {
        self.quantity == Temperature && value + self.scale().offset < Decimal::ZERO
    }
}

fn number(text: &str) -> Decimal {
    Decimal::from_str_exact(text).expect("the table holds decimals; a test reads them all")
}

/// The units a spelling may mean: an exact symbol first ("Mb" is not "MB"), then any name, then a symbol in other case.
pub(super) fn find(written: &str) -> Vec<&'static Unit> {
    let exact = written.trim();
    let name = normal(written);
    let by = |matches: &dyn Fn(&Unit) -> bool| UNITS.iter().filter(|unit| matches(unit)).collect::<Vec<_>>();
    let singular = name.strip_suffix('s').unwrap_or(&name);
    let named = |unit: &Unit, word: &str| unit.name == word || unit.also.contains(&word);
    let ways: [&dyn Fn(&Unit) -> bool; 4] =
        [&|unit| unit.symbol == exact, &|unit| named(unit, &name), &|unit| named(unit, singular), &|unit| {
            unit.symbol.to_lowercase() == name
        }];
    ways.into_iter().map(by).find(|found| !found.is_empty()).unwrap_or_default()
}

/// Lower case, single spaces, American spelling, no "degrees", plural first words singular ("miles per hour").
fn normal(written: &str) -> String {
    let lower = written.trim().to_lowercase().replace(['°', 'º'], "").replace('²', "2").replace('³', "3");
    let lower = lower.replace("metre", "meter").replace("litre", "liter").replace('-', " ");
    let words = lower.split_whitespace().filter(|word| !matches!(*word, "degree" | "degrees" | "deg"));
    let words: Vec<String> = words.map(ToOwned::to_owned).collect();
    let last = words.len().saturating_sub(1);
    let singular = |(i, word): (usize, &String)| match word.strip_suffix('s') {
        Some(word) if i < last && word.len() > 2 => word.to_owned(),
        _ => word.clone(),
    };
    words.iter().enumerate().map(singular).collect::<Vec<_>>().join(" ")
}

const fn unit(
    quantity: Quantity,
    name: &'static str,
    symbol: &'static str,
    factor: &'static str,
    also: &'static [&'static str],
) -> Unit {
    Unit { quantity, name, symbol, factor, offset: "0", also }
}

const fn temperature(
    name: &'static str,
    symbol: &'static str,
    factor: &'static str,
    offset: &'static str,
    also: &'static [&'static str],
) -> Unit {
    Unit { quantity: Temperature, name, symbol, factor, offset, also }
}

/// Factors are definitions (SI brochure; international yard and pound 1959; US liquid measures by the 231 cubic inch gallon).
static UNITS: &[Unit] = &[
    // Length in meters.
    unit(Length, "nanometer", "nm", "0.000000001", &[]),
    unit(Length, "micrometer", "µm", "0.000001", &["um", "micron"]),
    unit(Length, "millimeter", "mm", "0.001", &[]),
    unit(Length, "centimeter", "cm", "0.01", &[]),
    unit(Length, "meter", "m", "1", &[]),
    unit(Length, "kilometer", "km", "1000", &["kilometer"]),
    unit(Length, "inch", "in", "0.0254", &["inches", "\""]),
    unit(Length, "foot", "ft", "0.3048", &["feet", "'"]),
    unit(Length, "yard", "yd", "0.9144", &[]),
    unit(Length, "mile", "mi", "1609.344", &["statute mile"]),
    unit(Length, "nautical mile", "nmi", "1852", &["sea mile"]),
    unit(Length, "light year", "ly", "9460730472580800", &["lightyear"]),
    unit(Length, "astronomical unit", "au", "149597870700", &[]),
    // Mass in kilograms.
    unit(Mass, "microgram", "µg", "0.000000001", &["ug"]),
    unit(Mass, "milligram", "mg", "0.000001", &[]),
    unit(Mass, "gram", "g", "0.001", &["gramme"]),
    unit(Mass, "kilogram", "kg", "1", &["kilo", "kilogramme"]),
    unit(Mass, "tonne", "t", "1000", &["metric ton"]),
    unit(Mass, "ounce", "oz", "0.028349523125", &[]),
    unit(Mass, "pound", "lb", "0.45359237", &["lbs"]),
    unit(Mass, "stone", "st", "6.35029318", &[]),
    unit(Mass, "short ton", "ton", "907.18474", &["us ton"]),
    unit(Mass, "long ton", "long tn", "1016.0469088", &["imperial ton"]),
    // Temperature in kelvins.
    temperature("kelvin", "K", "1", "0", &[]),
    temperature("degree Celsius", "°C", "1", "273.15", &["celsius", "c", "centigrade"]),
    temperature("degree Fahrenheit", "°F", "5/9", "459.67", &["fahrenheit", "f"]),
    temperature("degree Rankine", "°R", "5/9", "0", &["rankine"]),
    // Volume in liters.
    unit(Volume, "milliliter", "ml", "0.001", &["cc", "cubic centimeter", "cm3"]),
    unit(Volume, "centiliter", "cl", "0.01", &[]),
    unit(Volume, "deciliter", "dl", "0.1", &[]),
    unit(Volume, "liter", "l", "1", &["cubic decimeter", "dm3"]),
    unit(Volume, "hectoliter", "hl", "100", &[]),
    unit(Volume, "cubic meter", "m³", "1000", &["m3"]),
    unit(Volume, "cubic inch", "in³", "0.016387064", &["cubic inches", "in3", "cu in"]),
    unit(Volume, "cubic foot", "ft³", "28.316846592", &["cubic feet", "ft3", "cu ft"]),
    unit(Volume, "US teaspoon", "tsp", "0.00492892159375", &["teaspoon", "us teaspoon"]),
    unit(Volume, "US tablespoon", "tbsp", "0.01478676478125", &["tablespoon", "us tablespoon"]),
    unit(Volume, "US fluid ounce", "fl oz", "0.0295735295625", &["fluid ounce", "us fluid ounce"]),
    unit(Volume, "US cup", "cup", "0.2365882365", &["us cup"]),
    unit(Volume, "US pint", "pt", "0.473176473", &["pint", "us pint"]),
    unit(Volume, "US quart", "qt", "0.946352946", &["quart", "us quart"]),
    unit(Volume, "US gallon", "gal", "3.785411784", &["gallon", "us gallon", "us gal"]),
    unit(Volume, "imperial pint", "imp pt", "0.56826125", &["uk pint", "imperial pint"]),
    unit(Volume, "imperial gallon", "imp gal", "4.54609", &["uk gallon", "imperial gallon"]),
    unit(Volume, "oil barrel", "bbl", "158.987294928", &["barrel"]),
    // Area in square meters.
    unit(Area, "square millimeter", "mm²", "0.000001", &["mm2", "sq mm"]),
    unit(Area, "square centimeter", "cm²", "0.0001", &["cm2", "sq cm"]),
    unit(Area, "square meter", "m²", "1", &["m2", "sq m", "sqm"]),
    unit(Area, "square kilometer", "km²", "1000000", &["km2", "sq km"]),
    unit(Area, "are", "a", "100", &[]),
    unit(Area, "hectare", "ha", "10000", &[]),
    unit(Area, "square inch", "in²", "0.00064516", &["square inches", "in2", "sq in"]),
    unit(Area, "square foot", "ft²", "0.09290304", &["square feet", "ft2", "sq ft", "sqft"]),
    unit(Area, "square yard", "yd²", "0.83612736", &["yd2", "sq yd"]),
    unit(Area, "acre", "ac", "4046.8564224", &[]),
    unit(Area, "square mile", "mi²", "2589988.110336", &["mi2", "sq mi"]),
    // Speed in meters a second.
    unit(Speed, "meter per second", "m/s", "1", &["meters per second", "mps"]),
    unit(Speed, "kilometer per hour", "km/h", "1000/3600", &["kph", "kmh", "kmph"]),
    unit(Speed, "mile per hour", "mph", "1609.344/3600", &["mi/h"]),
    unit(Speed, "knot", "kn", "1852/3600", &["kt", "kts"]),
    unit(Speed, "foot per second", "ft/s", "0.3048", &["feet per second", "fps"]),
    // Time in seconds.
    unit(Time, "nanosecond", "ns", "0.000000001", &["nsec"]),
    unit(Time, "microsecond", "µs", "0.000001", &["us", "usec"]),
    unit(Time, "millisecond", "ms", "0.001", &["msec"]),
    unit(Time, "second", "s", "1", &["sec"]),
    unit(Time, "minute", "min", "60", &[]),
    unit(Time, "hour", "h", "3600", &["hr"]),
    unit(Time, "day", "d", "86400", &[]),
    unit(Time, "week", "wk", "604800", &[]),
    unit(Time, "year (365.25 days)", "yr", "31557600", &["year", "julian year"]),
    // Data in bytes; a bit is an eighth.
    unit(Data, "bit", "bit", "0.125", &[]),
    unit(Data, "kilobit", "kbit", "125", &[]),
    unit(Data, "megabit", "Mb", "125000", &["mbit"]),
    unit(Data, "gigabit", "Gb", "125000000", &["gbit"]),
    unit(Data, "byte", "B", "1", &[]),
    unit(Data, "kilobyte", "kB", "1000", &[]),
    unit(Data, "megabyte", "MB", "1000000", &[]),
    unit(Data, "gigabyte", "GB", "1000000000", &["gig"]),
    unit(Data, "terabyte", "TB", "1000000000000", &[]),
    unit(Data, "petabyte", "PB", "1000000000000000", &[]),
    unit(Data, "kibibyte", "KiB", "1024", &["ki"]),
    unit(Data, "mebibyte", "MiB", "1048576", &["mi b"]),
    unit(Data, "gibibyte", "GiB", "1073741824", &["gi"]),
    unit(Data, "tebibyte", "TiB", "1099511627776", &["ti"]),
    unit(Data, "pebibyte", "PiB", "1125899906842624", &[]),
    // Energy in joules.
    unit(Energy, "joule", "J", "1", &[]),
    unit(Energy, "kilojoule", "kJ", "1000", &[]),
    unit(Energy, "megajoule", "MJ", "1000000", &[]),
    unit(Energy, "calorie", "cal", "4.184", &["thermochemical calorie"]),
    unit(Energy, "kilocalorie", "kcal", "4184", &["food calorie"]),
    unit(Energy, "watt hour", "Wh", "3600", &[]),
    unit(Energy, "kilowatt hour", "kWh", "3600000", &[]),
    unit(Energy, "megawatt hour", "MWh", "3600000000", &[]),
    unit(Energy, "British thermal unit", "BTU", "1055.05585262", &["british thermal unit"]),
    unit(Energy, "electronvolt", "eV", "0.0000000000000000001602176634", &["electron volt"]),
    // Pressure in pascals.
    unit(Pressure, "pascal", "Pa", "1", &[]),
    unit(Pressure, "hectopascal", "hPa", "100", &[]),
    unit(Pressure, "kilopascal", "kPa", "1000", &[]),
    unit(Pressure, "megapascal", "MPa", "1000000", &[]),
    unit(Pressure, "millibar", "mbar", "100", &[]),
    unit(Pressure, "bar", "bar", "100000", &[]),
    unit(Pressure, "standard atmosphere", "atm", "101325", &["atmosphere"]),
    unit(Pressure, "torr", "Torr", "101325/760", &[]),
    unit(Pressure, "millimeter of mercury", "mmHg", "133.322387415", &["millimeter of mercury"]),
    unit(Pressure, "pound per square inch", "psi", "6894.757293168", &["pound per square inch", "lbf/in2"]),
];

#[cfg(test)]
pub(super) fn all() -> &'static [Unit] {
    UNITS
}
