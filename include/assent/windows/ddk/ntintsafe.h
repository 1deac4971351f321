// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_DDK_NTINTSAFE_H
#define ASSENT_WINDOWS_DDK_NTINTSAFE_H

#include "assent_ddk/safe_integers.h"

#endif
