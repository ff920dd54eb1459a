// SPDX-License-Identifier: Apache-2.0
// One function a question; each fills the tables and plots of a study.
#pragma once

#include "golden/cli/study_network.hpp"

namespace tally {

/// Accuracy against term pairs: uniform of 4 to 8 bits and Term Revealing.
void study_terms(const StudyNetwork& network, Study& study);

/// Group sizes 1 to 16 at equal alpha = k / g. g = 16 exists in the golden model only.
void study_groups(const StudyNetwork& network, Study& study);

/// What is lost when only the largest digits of a value are kept: binary, Booth, signed (NAF).
void study_encodings(const StudyNetwork& network, Study& study);

/// How many digits a value has.
void study_distribution(const StudyNetwork& network, Study& study);

/// Cycles of the Verilated hardware: conventional 7 x 7, all signed digits, Term Revealing; one
/// term pair a step (`default`) and all digits of a value in one step (`fast`). Returns how many
/// output values differed from the emulator.
std::int64_t study_cycles(const StudyNetwork& network, const StudyOptions& options, Study& study);

}  // namespace tally
