// SPDX-License-Identifier: BSL-1.0
// The functions that the drivers call: here, and nowhere else in the program.
#include <assent/windows/ddi.hpp>
