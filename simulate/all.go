package simulate

import "github.com/ringwatch/ringwatch/catalog"

// All makes every attack with its default options, in order of names.
var All = []func() Attack{
	func() Attack { return NewAverage() },
	func() Attack { return NewAverageOverPopular() },
	func() Attack { return NewBandwagon() },
	func() Attack { return NewBomb() },
	func() Attack { return NewBridge() },
	func() Attack { return NewBurst() },
	func() Attack { return NewCamouflage() },
	func() Attack { return NewConsensus() },
	func() Attack { return NewDissent() },
	func() Attack { return NewDrip() },
	func() Attack { return NewFarm() },
	func() Attack { return NewFarming() },
	func() Attack { return NewFlock() },
	func() Attack { return NewFlood() },
	func() Attack { return NewFrame() },
	func() Attack { return NewHijack() },
	func() Attack { return NewImport() },
	func() Attack { return NewJitter() },
	func() Attack { return NewLoveHate() },
	func() Attack { return NewMimic() },
	func() Attack { return NewNoiseInjection() },
	func() Attack { return NewObfuscated() },
	func() Attack { return NewPartial() },
	func() Attack { return NewPopular() },
	func() Attack { return NewPowerItem() },
	func() Attack { return NewPowerUser() },
	func() Attack { return NewProbe() },
	func() Attack { return NewQuorum() },
	func() Attack { return NewRandom() },
	func() Attack { return NewReverseBandwagon() },
	func() Attack { return NewRotate() },
	func() Attack { return NewSegment() },
	func() Attack { return NewShadow() },
	func() Attack { return NewSleeper() },
	func() Attack { return NewSuppression() },
	func() Attack { return NewSwarm() },
	func() Attack { return NewTagSuppression() },
	func() Attack { return NewTargetShift() },
	func() Attack { return NewTrade() },
	func() Attack { return NewUserShift() },
	func() Attack { return NewWriter() },
}

// New returns the attack of a name with its default options.
func New(name string) (Attack, error) { return catalog.Find("attack", All, name) }
