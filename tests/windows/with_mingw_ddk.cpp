// SPDX-License-Identifier: BSL-1.0
// The functions for a program whose driver is compiled against the DDK headers of mingw-w64.
#include <assent/windows/ddi.hpp>
