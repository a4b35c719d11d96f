// Package catalog says what there is to choose from, and how it can be set.
//
// Attacks, scorers and detectors are of one shape: a name, one verb, and options
// as exported fields. So their lists can be searched, and their options read,
// checked and explained, in one way for all. A field's tags say the rest:
//
//	Accounts int `doc:"raters of the brigade" within:"1.."`
//
// within is what the option may be, both ends included, either of them left out
// where there is none; durations are in seconds. Find looks in a list such as
// detect.All, Options reads what Find returned, and Check holds values against
// their ranges.
package catalog
