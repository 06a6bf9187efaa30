"""The themes that ship with the workbench, one YAML file each."""
