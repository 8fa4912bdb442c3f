package main

import (
	"github.com/spf13/cobra"

	"github.com/rt3d-tune/rt3d-tune/configs"
	"github.com/rt3d-tune/rt3d-tune/model"
)

// linearFlag chooses how the weights of fully connected layers are stored, where no study does.
func linearFlag(c *cobra.Command, weights *string) {
	c.Flags().StringVar(weights, "linear-weights", "", "store the weights of fully connected layers as fp32 or, rounded, as fp16 (default fp32, or as the study of --config says)")
}

// storeLinear gives the graph with the weights of its fully connected layers as they are to be stored.
func storeLinear(g *model.Graph, weights string) (*model.Graph, error) {
	switch weights {
	case "", "fp32":
		return g, nil
	case "fp16":
		halved, err := model.HalveLinear(g)
		return halved, usage(err)
	}
	return nil, usagef("linear weights %q: want fp32 or fp16", weights)
}

// studyModel reads the model of a study as the study's target stores it.
func studyModel(config *configs.Config) (*model.Graph, error) {
	g, err := loadModel(besides(config.Path, config.Model))
	if err != nil {
		return nil, config.Mistake(err, "model")
	}
	if g, err = storeLinear(g, config.Target.LinearWeights); err != nil {
		return nil, config.Mistake(err, "target", "linear_weights")
	}
	return g, nil
}
