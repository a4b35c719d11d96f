// Package judge grows groups from seeds, weighs them against the null, hears their
// votes, and tests innocent explanations.
//
// A Refiner grows a seed by selection alone (group_*); what the votes of the group
// that comes of it say is told by a Jury (votes). Describe tells a person what was
// seen, with the innocent explanations (innocent_*).
package judge
