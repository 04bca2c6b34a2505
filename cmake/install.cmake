# cmake --install BUILD --prefix PREFIX [--component library|program]
include(GNUInstallDirs)
install(TARGETS leeward RUNTIME COMPONENT program)
install(TARGETS leeward_lib leeward_shared leeward_import
    LIBRARY COMPONENT library ARCHIVE COMPONENT library)
install(FILES ${lee_public_headers} COMPONENT library
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/leeward)
# From where the .pc files stand back to the prefix, so that a prefix may be moved.
file(RELATIVE_PATH lee_up /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
foreach(name leeward leeward-import)
    configure_file(cmake/${name}.pc.in ${CMAKE_BINARY_DIR}/${name}.pc @ONLY)
    install(FILES ${CMAKE_BINARY_DIR}/${name}.pc COMPONENT library
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
