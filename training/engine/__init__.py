"""The only place that imports verl and ray: GRPO with verl's own trainer, on the CPU or on CUDA."""
