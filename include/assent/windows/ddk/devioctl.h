// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_DDK_DEVIOCTL_H
#define ASSENT_WINDOWS_DDK_DEVIOCTL_H

#include "assent_ddk/control_codes.h"

#endif
