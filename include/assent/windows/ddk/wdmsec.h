// SPDX-License-Identifier: BSL-1.0
// Nothing here checks access.
#ifndef ASSENT_WINDOWS_DDK_WDMSEC_H
#define ASSENT_WINDOWS_DDK_WDMSEC_H

#include "wdm.h"

#define IoCreateDeviceSecure(driver, bytes, name, type, characteristics, exclusive, sddl, class_guid,        \
                             device)                                                                         \
    IoCreateDevice((driver), (bytes), (name), (type), (characteristics), (exclusive), (device))

#endif
