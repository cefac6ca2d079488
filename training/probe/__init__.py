"""Before a launch: rollouts at some of the selected positions, and what GRPO could learn from them."""
