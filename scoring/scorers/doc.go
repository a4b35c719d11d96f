// Package scorers lists every scorer, so that one can be had by its name:
//
//	s, err := scorers.New("communitynotes")
package scorers
