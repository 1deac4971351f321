// SPDX-License-Identifier: BSL-1.0
// Defines the registry functions: there is no registry, and no key in it. For exactly one translation unit of a
// program.
#ifndef ASSENT_WINDOWS_DDI_REGISTRY_HPP
#define ASSENT_WINDOWS_DDI_REGISTRY_HPP

#include <assent/config.hpp>
#include <assent/windows/ddk/assent_ddk/registry.h>
#include <assent/windows/ddk/assent_ddk/status.h>

extern "C" {

NTSTATUS ZwOpenKey(PHANDLE, ACCESS_MASK, POBJECT_ATTRIBUTES) { return STATUS_OBJECT_NAME_NOT_FOUND; }
NTSTATUS ZwCreateKey(PHANDLE, ACCESS_MASK, POBJECT_ATTRIBUTES, ULONG, PUNICODE_STRING, ULONG, PULONG) {
    return STATUS_ACCESS_DENIED;
}
NTSTATUS ZwQueryValueKey(HANDLE, PUNICODE_STRING, KEY_VALUE_INFORMATION_CLASS, PVOID, ULONG, PULONG) {
    return STATUS_INVALID_HANDLE;
}
NTSTATUS ZwSetValueKey(HANDLE, PUNICODE_STRING, ULONG, ULONG, PVOID, ULONG) { return STATUS_INVALID_HANDLE; }
NTSTATUS IoOpenDeviceRegistryKey(PDEVICE_OBJECT, ULONG, ACCESS_MASK, PHANDLE) {
    return STATUS_OBJECT_NAME_NOT_FOUND;
}
NTSTATUS IoOpenDeviceInterfaceRegistryKey(PUNICODE_STRING, ACCESS_MASK, PHANDLE) {
    return STATUS_OBJECT_NAME_NOT_FOUND;
}

} // extern "C"

#endif
