//! Creates the topics that are missing, as `contracts::topics` lays them out.
