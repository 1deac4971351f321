// SPDX-License-Identifier: BSL-1.0
// Defines the management instrumentation functions: drivers may offer what they like, and nobody is interested. For
// exactly one translation unit of a program.
#ifndef ASSENT_WINDOWS_DDI_WMI_HPP
#define ASSENT_WINDOWS_DDI_WMI_HPP

#include <assent/config.hpp>
#include <assent/windows/ddk/assent_ddk/pool.h>
#include <assent/windows/ddk/assent_ddk/status.h>
#include <assent/windows/ddk/assent_ddk/wmi.h>

extern "C" {

ULONG IoWMIDeviceObjectToProviderId(PDEVICE_OBJECT object) {
    return static_cast<ULONG>(reinterpret_cast<ULONG_PTR>(object));
}
NTSTATUS IoWMIRegistrationControl(PDEVICE_OBJECT, ULONG) { return STATUS_SUCCESS; }

/// Frees the event, as its success says.
NTSTATUS IoWMIWriteEvent(PVOID event) {
    ExFreePool(event);
    return STATUS_SUCCESS;
}

NTSTATUS IoWMIOpenBlock(LPCGUID, ULONG, PVOID*) { return STATUS_WMI_GUID_NOT_FOUND; }
NTSTATUS IoWMISetNotificationCallback(PVOID, WMI_NOTIFICATION_CALLBACK, PVOID) {
    return STATUS_INVALID_PARAMETER; // no block was ever opened
}

} // extern "C"

#endif
